import { get } from 'node:https';
import { systemCertsAsync } from 'system-ca';

const ca = await systemCertsAsync({ includeNodeCertificates: true });
get('https://intranet.example', { ca }, (response) => console.log(response.statusCode));
