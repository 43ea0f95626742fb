// device.cjs
const { X509Certificate } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { get } = require('node:https');

const cert = readFileSync('device.pem');
console.log(new X509Certificate(cert).fingerprint256);
const options = { cert, key: readFileSync('device-key.pem'), ca: readFileSync('server.pem') };
get(`https://localhost:${process.env.PORT ?? 8443}/`, options, (response) => {
  response.pipe(process.stdout);
}).on('error', (error) => console.log(`not paired: ${error.message}`));
