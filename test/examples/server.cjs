const { readFileSync } = require('node:fs');
const https = require('node:https');
const { inject } = require('os-truststore');

inject(); // for what this program asks of others; whom it lets in is `ca` below

const options = {
  key: readFileSync('server-key.pem'),
  cert: readFileSync('server.pem'),
  requestCert: true,
  ca: readFileSync('clients-ca.pem'), // the CA of your clients, and no other
};
const server = https.createServer(options, async (request, response) => {
  const { CN: client } = request.socket.getPeerCertificate().subject;
  const upstream = await fetch(process.env.UPSTREAM ?? 'https://intranet.example');
  response.end(`Hello ${client}, upstream says ${upstream.status}\n`);
});
server.listen(Number(process.env.PORT ?? 8443));
