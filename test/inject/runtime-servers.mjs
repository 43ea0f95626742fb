/**
 * Servers for clients of Bun and Deno that do not speak HTTP.
 */
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';

/** Starts servers that only say that they were reached. */
export function startDatabases({ pem: cert, keyPem: key }) {
  const redis = tls.createServer({ cert, key }, (socket) => {
    socket.on('error', () => undefined).on('data', () => socket.write('+OK\r\n'));
  });
  const postgres = net.createServer((plain) => {
    plain.on('error', () => undefined);
    plain.once('data', () => {
      plain.write('S');
      const socket = new tls.TLSSocket(plain, { isServer: true, cert, key });
      socket.on('error', () => undefined).once('data', () => socket.end(postgresError('reached')));
    });
  });
  const events = https.createServer({ cert, key }, (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: reached\n\n');
  });
  return { redis, postgres, events };
}

function postgresError(message) {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C28000\0M${message}\0\0`);
  const head = Buffer.from('E\0\0\0\0');
  head.writeUInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

export async function listen(server) {
  const sockets = new Set();
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port: server.address().port, stop };
}
