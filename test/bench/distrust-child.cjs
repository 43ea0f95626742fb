/**
 * One fresh process of test/bench/distrust.mjs: connects in batches when told to, and answers with the milliseconds of
 * each connection of a batch.
 */
'use strict';
const { once } = require('node:events');
const https = require('node:https');
const tls = require('node:tls');

const { inject, median, request, settle, timeConnections } = require('./connecting.cjs');

const { distrusted, ports, way } = JSON.parse(process.argv[2]);
const host = '127.0.0.1';

const makeAgent = (options) => new https.Agent({ keepAlive: false, ...options });
const whole = makeAgent({ maxCachedSessions: 0 });
const resuming = makeAgent();

async function connectTls(port) {
  const socket = tls.connect({ host, port });
  await once(socket, 'secureConnect');
  const answer = socket.isSessionReused() ? 'resumed' : 'new';
  socket.resume().end();
  await once(socket, 'close');
  return answer;
}

const fetchFrom = async (port) => (await fetch(`https://${host}:${port}/`)).text();

/** Each makes one connection. The server does not accept a session that undici has kept. */
const kinds = {
  https: () => request({ host, port: ports.whole, agent: whole }),
  'https, resumed': () => request({ host, port: ports.resuming, agent: resuming }),
  'tls.connect': () => connectTls(ports.whole),
  fetch: () => fetchFrom(ports.whole),
};

async function batch({ kind, count }) {
  const expected = kind.endsWith('resumed') ? 'resumed' : 'new';
  const connect = async () => {
    const answer = await kinds[kind]();
    if (answer !== expected) throw new Error(`${kind}: the connection was ${answer}`);
  };
  return timeConnections(connect, count);
}

/** Connects to each of `names` twice, so that the second connection is to a known host. */
async function hosts({ names }) {
  const figures = [];
  for (const servername of names) {
    const connect = () => request({ host, port: ports.whole, agent: whole, servername });
    const first = await timeConnections(connect, 1);
    const second = await timeConnections(connect, 1);
    figures.push({ first, second });
  }
  const middle = (which, figure) => median(figures.map((one) => one[which][figure]));
  return {
    ...{ wall: middle('first', 'wall'), cpu: middle('first', 'cpu') },
    ...{ laterWall: middle('second', 'wall'), laterCpu: middle('second', 'cpu') },
  };
}

/** Makes first connections and waits until the work they start is over. */
async function prepare({ warmUp, names }) {
  if (way === 'injected') {
    const report = await inject();
    if (report.distrusted !== distrusted) throw new Error(`distrusts ${report.distrusted}`);
  }
  for (const connect of Object.values(kinds)) for (let i = 0; i < warmUp; i++) await connect();
  await hosts({ names });
  await settle();
  return {};
}

const tasks = { batch, hosts, prepare };

process.on('message', ({ task, ...input }) => {
  tasks[task](input).then(
    (figures) => process.send(figures),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
});
