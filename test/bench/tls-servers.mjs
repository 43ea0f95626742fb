/**
 * Runs HTTPS servers in a process of their own, so that their share of a handshake is not counted. Each answers whether
 * the connection was resumed.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import https from 'node:https';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(import.meta.url);

/**
 * @param servers options of `https.createServer`, and in `names` certificates and keys by server name
 * @returns their ports, in the same order
 */
export async function startServers(servers) {
  const child = fork(file, ['--serve']);
  child.send(servers);
  const [ports] = await once(child, 'message');
  return { ports, stop: () => child.kill() };
}

async function serve({ names = {}, ...options }) {
  const server = https.createServer(options, ({ socket }, response) => {
    response.shouldKeepAlive = false;
    response.end(socket.isSessionReused() ? 'resumed' : 'new');
  });
  server.on('tlsClientError', () => undefined);
  for (const [name, identity] of Object.entries(names)) server.addContext(name, identity);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}

if (process.argv[1] === file && process.argv[2] === '--serve') {
  const [servers] = await once(process, 'message');
  process.send(await Promise.all(servers.map(serve)));
}
