import { get } from 'node:https';
import { getTrustedCAsAsync } from 'os-truststore';

const ca = await getTrustedCAsAsync();
get('https://intranet.example', { ca }, (response) => console.log(response.statusCode));
