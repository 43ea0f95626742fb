/**
 * Servers on loopback that go with the test.
 */
import { randomInt } from 'node:crypto';
import * as net from 'node:net';

/**
 * The port of a server that listens from now on. `onEnd` is given what closes it, with every connection there is.
 */
export async function listenOnLoopback(
  server: net.Server,
  onEnd: (close: () => void) => void,
): Promise<number> {
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onEnd(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as net.AddressInfo).port;
}

/**
 * A port for a server that has to be told one. Not one the system would give: the next socket of anybody, in tests that
 * run at the same time, could get it before the server does.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000);
    const isFree = await new Promise<boolean>((done) => {
      const server = net.createServer();
      server.once('error', () => {
        done(false);
      });
      server.listen(port, '127.0.0.1', () => {
        server.close(() => {
          done(true);
        });
      });
    });
    if (isFree) return port;
  }
}
