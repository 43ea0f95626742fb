import { fileURLToPath } from 'node:url';
import { inject } from 'os-truststore';

// Outside the handler: once for each start of the function. The folder is in the deployment package.
inject({ userCAs: { directories: [fileURLToPath(new URL('certs', import.meta.url))] } });

export async function handler() {
  const response = await fetch('https://intranet.example');
  return { statusCode: response.status, body: await response.text() };
}
