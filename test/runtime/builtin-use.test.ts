/**
 * Tries every way in which a program can first use TLS or workers: the injection must be in place by then.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import * as http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { after, before, test } from 'node:test';

import { InstalledProject } from '../helpers/installed.js';
import {
  CAN_WAIT,
  childEnvironment,
  createLeaf,
  createRoot,
  writeFile,
} from '../inject/harness.js';

const project = new InstalledProject();
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
let server: http2.Http2SecureServer;
let port = 0;
let env: NodeJS.ProcessEnv;

/** The only part of the WebSocket handshake (RFC 6455 §4.2.2) that a client checks. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const accepting = (key: string): string =>
  [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${createHash('sha1')
      .update(key + GUID)
      .digest('base64')}`,
    '\r\n',
  ].join('\r\n');

before(async () => {
  const root = await createRoot();
  const leaf = await createLeaf(root);
  const identity = { cert: leaf.pem, key: leaf.keyPem, allowHTTP1: true };
  server = http2.createSecureServer(identity, (_request, response) => {
    response.end('ok');
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    socket.write(accepting(request.headers['sec-websocket-key'] ?? ''));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
  const file = writeFile(project.path, 'ca.pem', root.pem);
  env = childEnvironment({ SSL_CERT_FILE: file, SSL_CERT_DIR: project.path, PORT: String(port) });
  project.write('package.json', JSON.stringify({ name: 'program', imports: { '#t': 'tls' } }));
  project.write('sync.mjs', `import https from 'node:https';\n${get('https')}`);
});

after(() => {
  server.close();
});

const PORT = 'Number(process.env.PORT)';
const get = (name: string): string =>
  `${name}.get({ host: 'localhost', port: ${PORT}, agent: false }, (r) => r.resume().on('end', () => console.log('ok')))
  .on('error', (e) => console.log(e.code));`;
const connect = (call: string, more = ''): string =>
  `const socket = ${call}({ host: 'localhost', port: ${PORT} ${more} }, () => { console.log('ok'); socket.destroy(); });
  socket.on('error', (e) => console.log(e.code));`;
const url = `'https://localhost:' + process.env.PORT`;

interface Program {
  /** The file's extension; CommonJS by default. */
  extension?: 'mjs';
  text: string;
  /** Says why this Node cannot run it. */
  skip?: string | false;
}

const programs: Record<string, Program> = {
  "require('tls')": { text: connect("require('tls').connect") },
  "require('https')": { text: get("require('https')") },
  "require('node:http2')": {
    text: `const session = require('node:http2').connect(${url});
    session.on('error', (e) => console.log(e.code)).on('connect', () => { console.log('ok'); session.destroy(); });`,
  },
  "require('_tls_wrap')": { text: connect("require('_tls_wrap').connect") },
  'module.require()': { text: get("module.require('https')") },
  'createRequire()': { text: get("require('module').createRequire(__filename)('https')") },
  'a name of its own, by a patched resolver': {
    text: `const Module = require('module'); const resolve = Module._resolveFilename;
    Module._resolveFilename = (name, ...rest) => name === 'mine' ? 'https' : resolve(name, ...rest);
    ${get("require('mine')")}`,
  },
  'process.getBuiltinModule()': {
    text: get("process.getBuiltinModule('node:https')"),
    skip: !('getBuiltinModule' in process) && 'this Node has no process.getBuiltinModule',
  },
  'a default import': { extension: 'mjs', text: `import https from 'https';\n${get('https')}` },
  'a named import': {
    extension: 'mjs',
    text: `import { connect } from 'node:tls';\n${connect('connect')}`,
  },
  'a namespace': { extension: 'mjs', text: `import * as it from 'node:https';\n${get('it')}` },
  'a context made by a named import': {
    extension: 'mjs',
    text: `import { connect, createSecureContext } from 'node:tls';
    ${connect('connect', ', secureContext: createSecureContext()')}`,
  },
  'a dynamic import': { text: `import('node:https').then((it) => { ${get('it')} });` },
  'an import by a name of its own': {
    extension: 'mjs',
    text: `import { connect } from '#t';\n${connect('connect')}`,
  },
  'require() of an ES module that connects at once': {
    text: `require('./sync.mjs');`,
    skip: (major < 22 || (major === 22 && minor < 12)) && 'this Node cannot require an ES module',
  },
  fetch: {
    text: `fetch(${url}).then((r) => r.text()).then(console.log, (e) => console.log(e.cause.code));`,
  },
  WebSocket: {
    text: `const socket = new WebSocket('wss://localhost:' + process.env.PORT);
    socket.onopen = () => { console.log('ok'); process.exit(); };
    socket.onerror = (e) => { console.log(e.message); process.exit(); };`,
    skip: !('WebSocket' in globalThis) && 'this Node has no WebSocket',
  },
  'a resolver of the program’s that asks nobody else': {
    text: `const { registerHooks, isBuiltin } = require('module');
    registerHooks({ resolve: (name, context, next) => isBuiltin(name)
      ? { url: name.startsWith('node:') ? name : 'node:' + name, format: 'builtin', shortCircuit: true }
      : next(name, context) });
    ${get("require('https')")}`,
    skip: !CAN_WAIT && 'this Node has no module.registerHooks',
  },
  'https while it is being imported from inside another import': {
    extension: 'mjs',
    text: `import * as util from 'node:util';\nimport * as threads from 'node:worker_threads';
    import process from 'node:process';\nimport https from 'node:https';\n${get('https')}`,
  },
};

for (const [name, { text, extension = 'cjs', skip = false }] of Object.entries(programs)) {
  void test(`first of all: ${name}`, { skip }, async () => {
    const file = project.write(`program.${extension}`, text);
    const stock = await project.run('stock', [file], env);
    assert.notEqual(stock.stdout.trim(), 'ok', 'Node alone refuses the server');
    assert.deepEqual(await project.run('--require', [file], env), {
      stdout: 'ok\n',
      stderr: '',
      status: 0,
    });
  });
}

const run = async (text: string): Promise<unknown> => {
  const { stdout, stderr, status } = await project.run('stock', ['-e', text], env);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
};
const loaded = `['tls', 'worker_threads'].map((name) => process.moduleLoadList.includes('NativeModule ' + name))`;

void test('nothing is loaded for a program that uses neither TLS nor workers', async () => {
  const text = `require('os-truststore').inject(); const before = ${loaded};
  require('http'); require('crypto'); require('util').inspect(1);
  console.log(JSON.stringify([before, ${loaded}]));`;
  const expected = CAN_WAIT ? [false, false] : [true, true];
  assert.deepEqual(await run(text), [expected, expected]);
});

void test('the hooks are gone once both are used, and once the injection is taken back', async () => {
  const look = `[process.getBuiltinModule === stock, channel.hasSubscribers]`;
  const text = `const stock = process.getBuiltinModule; const it = require('os-truststore');
  const channel = require('diagnostics_channel').channel('undici:client:beforeConnect');
  it.inject(); const during = ${look}; it.restore(); const restored = ${look};
  it.inject(); require('tls'); const one = ${look}; require('worker_threads'); const both = ${look};
  console.log(JSON.stringify({ during, restored, one, both }));`;
  const gone = [true, false];
  const there = CAN_WAIT ? [false, true] : gone;
  assert.deepEqual(await run(text), { during: there, restored: gone, one: there, both: gone });
});

void test('a module that cannot be found is reported as ever: the program’s own frames are there', async () => {
  const text = `function find() { require('./nowhere'); }\nfunction deep(left) { return left > 0 ? deep(left - 1) : find(); }\ndeep(9);`;
  const file = project.write('missing.cjs', text);
  const frames = (stderr: string): string[] =>
    stderr.split('\n').filter((line) => line.includes('missing.cjs'));
  const stock = await project.run('stock', [file], env);
  const injected = await project.run('--require', [file], env);
  assert.ok(frames(stock.stderr).length > 3);
  assert.deepEqual(frames(injected.stderr), frames(stock.stderr));
  const where = (stderr: string): string[] => stderr.split('\n').slice(1, 5);
  assert.deepEqual(where(injected.stderr), where(stock.stderr), 'thrown by Node, not by us');
});

void test('a plain HTTP request does not load TLS, unless its proxy is to be spoken to in TLS', async () => {
  const text = `require('os-truststore').inject(); require('http'); console.log(JSON.stringify(${loaded}));`;
  assert.deepEqual(await run(text), CAN_WAIT ? [false, false] : [true, true]);
  const plain = env;
  env = { ...env, http_proxy: 'https://localhost:9' };
  assert.deepEqual(await run(text), CAN_WAIT ? [true, false] : [true, true]);
  env = plain;
});

void test(
  'exports that cannot be replaced are one warning, and the program goes on',
  { skip: !CAN_WAIT && 'this Node loads TLS in inject(), which throws then' },
  async () => {
    const text = `require('os-truststore').inject();
    process.on('warning', (w) => console.log(JSON.stringify([w.code, w.message])));
    const define = Object.defineProperty;
    Object.defineProperty = (object, key, descriptor) => {
      if (key === 'createSecureContext') throw new TypeError('frozen');
      return define(object, key, descriptor);
    };
    require('tls');
    Object.defineProperty = define;`;
    assert.deepEqual(await run(text), [
      'ERR_TRUSTSTORE_UNSUPPORTED_RUNTIME',
      'node:tls could not be prepared for the injection: frozen',
    ]);
  },
);

const neighbours = {
  'no process.getBuiltinModule': 'delete process.getBuiltinModule;',
  'a process.getBuiltinModule that cannot be replaced': `Object.defineProperty(process, 'getBuiltinModule',
    { configurable: false, writable: false });`,
  'a process.getBuiltinModule that throws': `process.getBuiltinModule = () => { throw new Error('mine'); };`,
  'a list of modules that cannot be read': `Object.defineProperty(process, 'moduleLoadList',
    { get() { throw new Error('mine'); } });`,
};

for (const [name, text] of Object.entries(neighbours)) {
  void test(`inject() beside ${name}`, async () => {
    const file = project.write(
      'n.cjs',
      `${text}\nrequire('os-truststore').inject();\n${get("require('https')")}`,
    );
    assert.deepEqual(await project.run('stock', [file], env), {
      stdout: 'ok\n',
      stderr: '',
      status: 0,
    });
  });
}

const same = {
  'anything published on the channel of undici': `const { channel } = require('diagnostics_channel');
    for (const message of [undefined, null, 1, { get connectParams() { throw new Error('mine'); } }])
      channel('undici:client:beforeConnect').publish(message);`,
  ...Object.fromEntries(
    [
      'delete Error.stackTraceLimit',
      'Error.stackTraceLimit = undefined',
      'Error.stackTraceLimit = 0',
      'Error.stackTraceLimit = Symbol()',
      `Object.defineProperty(Error, 'stackTraceLimit', { get: () => 10, set() { throw new Error('mine'); } })`,
    ].map((text) => [
      text,
      `${text}; try { require('./nowhere'); } catch (e) { console.log(e.code, String(e.stack).split('\\n').length); }
      console.log(Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit'));`,
    ]),
  ),
  'a limit set by a resolver': `const M = require('module'); const resolve = M._resolveFilename;
    M._resolveFilename = (...args) => { Error.stackTraceLimit = 77; return resolve(...args); };
    require('fs'); console.log(Error.stackTraceLimit);`,
};

for (const [name, text] of Object.entries(same)) {
  void test(`as without us: ${name}`, async () => {
    const file = project.write('same.cjs', text);
    const stock = await project.run('stock', [file], env);
    assert.equal(stock.status, 0, stock.stderr);
    assert.deepEqual(await project.run('--require', [file], env), stock);
  });
}

void test('a replacement of ours that a program puts back is not stacked time after time', async () => {
  const text = `const tls = require('tls'); const { inject } = require('os-truststore');
  for (let i = 0; i < 20; i++) {
    const injection = inject(); const ours = tls.createSecureContext;
    tls.createSecureContext = (options) => ours(options);
    injection.restore(); tls.createSecureContext = ours;
  }
  Error.stackTraceLimit = Infinity;
  try { tls.createSecureContext({ cert: 'none' }); } catch (e) { console.log(e.stack.split('index.js').length); }`;
  assert.equal(await run(text), 2);
});
