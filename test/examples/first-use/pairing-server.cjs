// pairing-server.cjs
const { readFileSync } = require('node:fs');
const { createServer } = require('node:https');
const { createInterface } = require('node:readline/promises');
const { trustOnFirstUse } = require('os-truststore/first-use');

const trust = trustOnFirstUse({
  file: 'data/devices.json',
  async decide(device, { signal }) {
    console.log(`${device.name} at ${device.remoteAddress} wants to be paired:`);
    console.log(device.fingerprint256);
    const terminal = createInterface({ input: process.stdin, output: process.stdout });
    try {
      const answer = await terminal.question('Does the device show the same? (yes/no) ', {
        signal,
      });
      return answer.trim() === 'yes' ? { decision: 'accept', label: device.name } : 'refuse';
    } finally {
      terminal.close();
    }
  },
});
trust.on('refused', ({ reason, remoteAddress }) =>
  console.log(`refused ${remoteAddress}: ${reason}`),
);

const options = {
  key: readFileSync('server-key.pem'),
  cert: readFileSync('server.pem'),
  requestCert: true,
};
const server = createServer(options, (request, response) => {
  response.end(`Hello ${trust.peerOf(request).label}\n`); // only paired devices get here
});
trust.protect(server).listen(Number(process.env.PORT ?? 8443));
