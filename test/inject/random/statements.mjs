/**
 * What random programs do. They print what they see, in an order that is the same in every run of stock Node.
 */
import {
  builtins,
  closedPort,
  contextOptions,
  requestOptions,
  trust,
  workerOptions,
} from './values.mjs';

const settle = (start) => `await new Promise((done) => { ${start} })`;
const show = (what) => `console.log(${what});`;

/** Prints what ends a thread or process, not what it was doing. */
const workerEvents = `worker.on('message', (m) => console.log('message', m));
  worker.on('error', (e) => console.log('error', e?.code, e?.message));
  worker.on('exit', (code) => { console.log('exit', code); done(); });`;

/** Makes requests to a TLS server of its own, which is not trusted. */
const served = (w, use) => {
  const server = `const server = https.createServer({ key: pem, cert: pem }, (q, r) => r.end(q.url));
    server.on('tlsClientError', () => undefined);
    await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address();`;
  const pem = `const pem = ${w.load('fs')}.readFileSync('identity.pem', 'utf8');`;
  return `const https = ${w.load('https')}; ${pem} ${server} ${use}
    server.closeAllConnections(); ${settle('server.close(done)')};`;
};

export const statements = {
  keys: (w) => show(`Object.keys(${w.load(w.pick(builtins))}).length > 0`),
  readAll: (w) => `{ const face = ${w.load(w.pick(builtins))};
    ${show('Object.keys(face).map((key) => typeof face[key]).join()')} }`,
  importAll: (
    w,
  ) => `for (const id of ${JSON.stringify([w.pick(builtins), w.pick(builtins), 'util'])})
    ${show('id, Object.keys(await import(`node:${id}`)).length > 0')}`,
  inspect: (w) =>
    show(`${w.load('util')}.inspect(${w.load(w.pick(['tls', 'https', 'worker_threads']))})
    .replace(/globalAgent: [^]*/, '')`),
  worker: (w) =>
    `{ const threads = ${w.load('worker_threads')}; ${settle(`try {
    const worker = new threads.Worker(${w.code()}, ${w.pick(workerOptions)}); ${workerEvents}
    ${w.pick(['', '', '', 'worker.terminate();'])}
    } catch (e) { console.log('throws', e.code, e.message); done(); }`)}; }`,
  workerFile: (w) => `{ const { Worker } = ${w.load('worker_threads')};
    class Own extends Worker {} ${settle(`const worker = new ${w.pick(['Own', 'Worker'])}(
      ${w.pick([`'./thread.cjs'`, `'./thread.mjs'`, `'./none.cjs'`])}, { workerData: 5 }); ${workerEvents}
      console.log(worker instanceof Worker, worker.constructor.name);`)}; }`,
  workerClass: (w) => `{ const { Worker } = ${w.load('worker_threads')};
    ${show('Worker.name, Worker.length, Object.getPrototypeOf(Worker).name')}
    try { Worker('x'); } catch (e) { console.log(e.message); } }`,
  spawn: (w) =>
    `{ const { spawn } = ${w.load('child_process')}; ${settle(`
    const child = spawn(process.execPath, ['-e', ${w.code()}], { stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.on('data', (d) => console.log(String(d).trim()));
    child.on('close', (code, signal) => { console.log('closed', code, signal); done(); });`)}; }`,
  spawnSync: (
    w,
  ) => `{ const child = ${w.load('child_process')}.spawnSync(process.execPath, ['-e', ${w.code()}],
    { encoding: 'utf8', env: ${w.pick(['process.env', `{ COLOR: 'red' }`, 'undefined'])} });
    console.log(child.status, child.signal, child.stdout, child.stderr.split('\\n').slice(0, 5).join()); }`,
  fork: (w) =>
    `{ const { fork } = ${w.load('child_process')}; ${settle(`
    const child = fork('./forked.cjs', ['x']${w.pick(['', ', { execArgv: [] }', ', { env: {} }'])});
    child.on('message', (m) => { console.log(m); child.disconnect(); });
    child.on('exit', (code, signal) => { console.log('exit', code, signal); done(); });`)}; }`,
  exec: (w) => `{ const { exec } = ${w.load('child_process')};
    ${settle(`exec('"$NODE" -p "1 + 1"', { env: { ...process.env, NODE: process.execPath } },
    (error, stdout, stderr) => { console.log(error?.code, stdout, stderr); done(); });`)}; }`,
  httpsClosed: (w) =>
    `{ const https = ${w.load('https')}; try { ${settle(`
    const request = https.${w.pick(['get', 'request'])}('https://127.0.0.1:${closedPort}/', ${w.pick(requestOptions)});
    for (const event of ['error', 'abort', 'timeout', 'close', 'response'])
      request.on(event, (e) => { console.log(event, e?.code); if (event === 'close') done(); });
    ${w.pick(['', 'request.end();', 'request.destroy();', 'request.abort();', `request.destroy(new Error('own'));`, 'setImmediate(() => request.destroy());'])}
    request.end();`)}; } catch (e) { console.log('throws', e.code, e.message); } }`,
  fetchClosed: (
    w,
  ) => `try { await fetch('https://127.0.0.1:${closedPort}/', ${w.pick(['{}', '{ signal: AbortSignal.abort() }', `{ method: 6 }`, `{ redirect: 'x' }`])}); }
    catch (e) { console.log(e.name, e.message, e.cause?.code); }`,
  tlsClosed: (w) => `{ const tls = ${w.load('tls')}; try { ${settle(`
    const socket = tls.connect({ port: ${closedPort}, host: '127.0.0.1', ${w.pick(['', 'ca: [],', 'secureContext: tls.createSecureContext(),', `servername: 'a',`, 'secureContext: 6,'])} });
    for (const event of ['error', 'close', 'secureConnect', 'end'])
      socket.on(event, (e) => { console.log(event, e?.code ?? e); if (event === 'close') done(); });
    ${w.pick(['', 'socket.destroy();', `socket.end('x');`, 'socket.setTimeout(900);'])}`)}; }
    catch (e) { console.log('throws', e.code, e.message); } }`,
  context: (w) => `{ const tls = ${w.load('tls')}; try {
    const made = tls.createSecureContext(${w.pick(contextOptions)});
    console.log(made.constructor.name, Object.keys(made).join(), made instanceof tls.SecureContext);
    } catch (e) { console.log('throws', e.name, e.code); } }`,
  lists: (w) => `{ const tls = ${w.load('tls')};
    console.log(tls.rootCertificates.length > 50, Object.isFrozen(tls.rootCertificates), tls.DEFAULT_MIN_VERSION);
    try { console.log(tls.getCACertificates?.(${w.pick([`'bundled'`, `'extra'`, `'x'`, '6'])}).length > 50); }
    catch (e) { console.log(e.code); }
    try { tls.setDefaultCACertificates?.(${w.pick(['6', '[6]', `['x']`])}); } catch (e) { console.log(e.code); } }`,
  server: (w) =>
    served(
      w,
      `for (const options of [${w.pick(trust)}, ${w.pick(trust)}]) { ${settle(`
    https.get({ port, host: '127.0.0.1', path: '/p', ...options }, (response) => {
      console.log(response.statusCode, response.socket.authorized);
      response.resume().on('end', done); }).on('error', (e) => { console.log(e.code, e.message); done(); });`)}; }`,
    ),
  serverFetch: (w) =>
    served(
      w,
      `try { console.log(await (await fetch(\`https://127.0.0.1:\${port}/f\`)).text()); }
    catch (e) { console.log(e.message, e.cause?.code); }`,
    ),
  serverTls: (w) =>
    served(
      w,
      `const tls = ${w.load('tls')}; ${settle(`
    const socket = tls.connect({ port, host: '127.0.0.1', ...${w.pick(trust)} });
    for (const event of ['connect', 'secureConnect', 'error', 'end', 'close', 'keylog', 'session'])
      socket.on(event, (e) => {
        if (event === 'secureConnect') { console.log(socket.authorized, socket.authorizationError); socket.end(); }
        if (!['keylog', 'session'].includes(event)) console.log(event, e?.code);
        if (event === 'close') done(); });`)};`,
    ),
  http2: (w) =>
    `{ const http2 = ${w.load('http2')}; ${settle(`
    const session = http2.connect('https://127.0.0.1:${closedPort}'${w.pick(['', ', { ca: [] }'])});
    session.on('error', (e) => console.log(e.code)); session.on('close', done);`)}; }`,
  timers: () =>
    settle(`setTimeout(() => { console.log('timeout'); setImmediate(() => { console.log('immediate'); done(); }); }, 5);
    process.nextTick(() => console.log('tick')); queueMicrotask(() => console.log('microtask'));`),
  vm: (w) =>
    `{ const vm = ${w.load('vm')}; console.log(vm.runInNewContext(${w.pick([
      `'typeof require'`,
      `'load("tls").DEFAULT_MAX_VERSION'`,
      `'[] instanceof Array'`,
      `'typeof fetch'`,
    ])}, { load: require })); }`,
  channels: (
    w,
  ) => `{ const { subscribe, channel } = ${w.load('diagnostics_channel')}; let count = 0;
    subscribe('${w.pick(['undici:client:connectError', 'undici:client:beforeConnect', 'net.client.socket', 'own'])}', () => count++);
    channel('own').publish({}); await fetch('https://127.0.0.1:${closedPort}/').catch(() => undefined);
    console.log(count, channel('own').hasSubscribers); }`,
  storage: (
    w,
  ) => `{ const store = new (${w.load('async_hooks')}.AsyncLocalStorage)(); const https = ${w.load('https')};
    ${settle(`store.run(5, () => https.get('https://127.0.0.1:${closedPort}/').on('error', () => {
      console.log(store.getStore()); done(); }));`)}; }`,
  warning: () =>
    `process.on('warning', (w) => console.log(w.name, w.message)); process.emitWarning('own');`,
  listeners: () =>
    show(`['exit', 'beforeExit', 'warning', 'uncaughtException', 'unhandledRejection', 'SIGTERM', 'worker',
    'message'].map((name) => process.listenerCount(name)).join()`),
  resources: () =>
    show('process.getActiveResourcesInfo().filter((kind) => !/Wrap|Req/.test(kind)).join()'),
  cache: () =>
    show(`Object.keys(require.cache).filter((file) => !file.includes('os-truststore')).length`),
  resolve: (
    w,
  ) => `try { console.log(require.resolve('${w.pick(['https', 'node:tls', 'no-such', './thread.cjs', 'node:no'])}').length > 3); }
    catch (e) { console.log(e.code); }`,
  missing: (
    w,
  ) => `try { await import('${w.pick(['no-such-package', 'node:no-such', './no.mjs', 'node:tls/x'])}'); }
    catch (e) { console.log(e.code); }`,
  ownHooks: (w) => `{ const modules = require('node:module'); const seen = [];
    const hooks = modules.registerHooks?.({ resolve(id, context, next) { seen.push(id); return next(id, context); } });
    ${w.load(w.pick(builtins))}; ${w.pick(['hooks?.deregister();', ''])}
    console.log(seen.filter((id) => !/dist|os-trust/.test(id)).join()); }`,
  loader:
    () => `if (require('node:module').register) { require('node:module').register('data:text/javascript,' +
    encodeURIComponent('export const load = (url, context, next) => next(url, context);'));
    console.log(typeof (await import('./thread-lib.mjs')).answer); }`,
  patchedLoad:
    () => `{ const Module = require('node:module'); const { _load } = Module; const seen = [];
    Module._load = function (id, parent, ...more) {
      if (parent?.filename === undefined || !parent.filename.includes('os-truststore/')) seen.push(id);
      return _load.call(this, id, parent, ...more); };
    require('node:https'); require('worker_threads'); Module._load = _load; console.log(seen.join()); }`,
  patchedTls: (
    w,
  ) => `{ const tls = require('node:tls'); const { createSecureContext } = tls; let calls = 0;
    tls.createSecureContext = (...args) => { calls++; return createSecureContext(...args); };
    ${w.pick(['', `require('node:module').syncBuiltinESMExports();`])}
    ${settle(`require('node:https').get('https://127.0.0.1:${closedPort}/', { agent: false }).on('error', done)`)};
    console.log(calls, tls.createSecureContext.length); ${w.pick(['', 'tls.createSecureContext = createSecureContext;'])} }`,
  frozen: (w) =>
    `Object.freeze(require('${w.pick(['tls', 'https', 'worker_threads', 'module', 'diagnostics_channel'])}'));`,
  sync: (w) => `${w.load(w.pick(builtins))}; require('node:module').syncBuiltinESMExports();
    ${show(`typeof (await import('node:tls')).connect`)}`,
  globals: () =>
    show(
      `Object.keys(globalThis).join(), typeof fetch, fetch.name, fetch.length, typeof WebSocket`,
    ),
  cluster: (
    w,
  ) => `{ const cluster = ${w.load('cluster')}; cluster.setupPrimary({ exec: './forked.cjs' });
    ${settle(`cluster.fork().on('message', function (m) { console.log(m); this.disconnect(); }).on('exit', (code, signal) => {
      console.log('exit', code, signal); done(); })`)}; }`,
  lookup: (w) =>
    `{ const { lookup } = ${w.load('dns')}; ${settle(`lookup('127.0.0.1', (e, address) => {
    console.log(e?.code, address); done(); })`)}; }`,
  exitListener: () =>
    `process.on('${'exit'}', (code) => console.log('exit', code, process.exitCode));`,
  handlers: (w) =>
    `process.on('${w.pick(['uncaughtException', 'unhandledRejection'])}', (e) => console.log('handled', e?.message));`,
};
