/**
 * Servers on loopback that end with the test.
 */
import { randomInt } from 'node:crypto';
import * as net from 'node:net';

/**
 * Starts listening and returns the port. `onEnd` gets a function that closes the server and all its connections.
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
 * Finds a port for a server that must be told one. It is not one the system would assign, because another socket could
 * get that port before the server does, in tests that run at the same time.
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
