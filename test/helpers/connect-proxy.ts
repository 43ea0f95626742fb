/**
 * A proxy as companies have them; the tunnel for any host leads to its port on this machine.
 */
import * as http from 'node:http';
import * as net from 'node:net';

import { listenOnLoopback } from './loopback.js';

export interface ConnectProxy {
  url: string;
  tunnels(): number;
}

export async function startConnectProxy(t: {
  after(cleanUp: () => void): void;
}): Promise<ConnectProxy> {
  let count = 0;
  const proxy = http.createServer();
  proxy.on('connect', ({ url = '' }: http.IncomingMessage, client: net.Socket) => {
    count++;
    const upstream = net.connect(Number(url.split(':').pop()), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      client.pipe(upstream).pipe(client);
    });
    upstream.on('error', () => client.destroy());
    client.on('close', () => upstream.destroy());
  });
  const port = await listenOnLoopback(proxy, (close) => {
    t.after(close);
  });
  return { url: `http://127.0.0.1:${String(port)}`, tunnels: () => count };
}
