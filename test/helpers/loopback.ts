/**
 * Servers on loopback that go with the test.
 */
import type * as net from 'node:net';

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
