/**
 * Right and wrong values, from which the statements of random programs choose.
 */

/** No server listens there, and fetch does not refuse to try. */
export const closedPort = 2;

/** Leaves out builtins that break stock Node when they are loaded first, as _tls_wrap does with node:https. */
export const builtins = `
  assert async_hooks buffer child_process cluster console constants crypto dgram
  diagnostics_channel dns dns/promises events fs fs/promises http http2 https
  inspector module net os path perf_hooks process querystring readline
  readline/promises repl stream stream/promises stream/web string_decoder sys timers timers/promises
  tls tty url util util/types v8 vm wasi worker_threads
  zlib _http_agent _stream_duplex
`
  .trim()
  .split(/\s+/);

/** Code for another process or thread. */
export const codes = ({ pick }) => [
  `require('node:https').get('https://127.0.0.1:${closedPort}/').on('error', (e) => console.log(e.code))`,
  `fetch('https://127.0.0.1:${closedPort}/').catch((e) => console.log(e.cause?.code))`,
  `import('node:util').then((util) => console.log(typeof util.promisify))`,
  `process.exit(${pick([0, 3, 42])})`,
  `throw new TypeError('thrown below')`,
  `Promise.reject(new Error('rejected below'))`,
  `console.log(typeof require('node:tls').createSecureContext().context, process.argv.length)`,
  `console.log(require('node:worker_threads').isMainThread, process.env.COLOR)`,
  `process.exitCode = 7; setTimeout(() => console.log('later'), 5)`,
];

export const workerOptions = [
  '{ eval: true }',
  '{ eval: true, execArgv: [] }',
  `{ eval: true, execArgv: ['--no-warnings'] }`,
  `{ eval: true, execArgv: 'hello' }`,
  '{ eval: true, execArgv: 6 }',
  '{ eval: true, env: {} }',
  '{ eval: true, execArgv: null }',
  `{ eval: true, execArgv: ['--no-such-flag'] }`,
  `{ eval: true, execArgv: ['--title=x'] }`,
  `{ eval: true, env: { COLOR: 'red' } }`,
  '{ eval: true, env: 6 }',
  '{ eval: true, argv: [1, 2] }',
  `{ eval: true, argv: 'x' }`,
  'null',
  '6',
  '{ eval: true, env: threads.SHARE_ENV }',
  '{ eval: true, workerData: () => 1 }',
  'undefined',
  `{ eval: true, name: 'n', resourceLimits: { maxOldGenerationSizeMb: 64 } }`,
  `'x'`,
  '{ eval: true, trackUnmanagedFds: false, stdin: true }',
  '{ eval: 6 }',
];

export const requestOptions = [
  '{}',
  '{ agent: false }',
  `{ servername: 'localhost' }`,
  '{ rejectUnauthorized: false }',
  '{ ca: [] }',
  '{ signal: AbortSignal.abort() }',
  '{ timeout: 500 }',
  '{ agent: new https.Agent() }',
  '{ agent: new https.Agent({ keepAlive: true }) }',
  `{ minVersion: 'TLSv1.3' }`,
  '{ family: 4 }',
  `{ ca: 'nonsense' }`,
  `{ ciphers: 'nonsense' }`,
  `{ ALPNProtocols: ['h2'] }`,
  `{ host: 6 }`,
  '{ createConnection: () => undefined }',
  '{ checkServerIdentity: () => undefined }',
];

export const contextOptions = [
  '',
  '{}',
  'null',
  'undefined',
  '6',
  '{ ca: [] }',
  `{ ca: 'nonsense' }`,
  `{ cert: 'nonsense' }`,
  `{ minVersion: 'SSLv9' }`,
  `{ ciphers: 'nonsense' }`,
  '{ ca: tls.rootCertificates.slice(0, 2) }',
  `{ minVersion: 'TLSv1.3' }`,
  '{ pfx: Buffer.alloc(3) }',
  '{ key: 6 }',
  '{ sessionTimeout: -1 }',
  '{ honorCipherOrder: true }',
  '{ secureOptions: 4 }',
  `{ crl: 'nonsense' }`,
  '{ ca: [6] }',
];

export const trust = [
  '{}',
  '{ ca: pem }',
  '{ rejectUnauthorized: false }',
  '{ ca: [] }',
  '{ agent: false }',
];

/** The last action of a program. */
export const ends = [
  '',
  '',
  '',
  'process.exit(5);',
  'process.exitCode = 6;',
  `throw new Error('uncaught');`,
  `Promise.reject(new RangeError('unhandled'));`,
  'process.abort();',
  `process.kill(process.pid, 'SIGTERM');`,
  `setImmediate(() => { throw 'text'; });`,
  `Promise.reject(undefined);`,
  'process.reallyExit(9);',
  `require('node:assert').equal(1, 2);`,
  `setTimeout(() => process.exit(), 1);`,
  'nothing.at.all;',
  `process.nextTick(() => process.exit(4));`,
  `require('node:tls').createSecureContext({ cert: 'x' });`,
  `require('node:https').get('https://127.0.0.1:${closedPort}/');`,
  `fetch('https://127.0.0.1:${closedPort}/');`,
  `new (require('node:worker_threads').Worker)('throw new Error("in a thread")', { eval: true });`,
  `require('node:tls').connect(${closedPort}, '127.0.0.1'); process.exit(8);`,
  `require('node:events').EventEmitter.prototype.emit.call(process, 'error', new Error('emitted'));`,
];

export const flagSets = [
  [],
  [],
  [],
  [],
  [],
  ['--no-warnings'],
  ['--throw-deprecation'],
  ['--pending-deprecation'],
  ['--unhandled-rejections=warn'],
  ['--disable-proto=throw'],
  ['--disable-proto=delete'],
  ['--frozen-intrinsics'],
  ['--trace-warnings'],
  ['--no-deprecation'],
  ['--enable-source-maps'],
  ['--use-openssl-ca'],
  ['--tls-min-v1.3'],
  ['--preserve-symlinks'],
  ['--expose-gc'],
  ['--experimental-vm-modules'],
  ['--trace-uncaught'],
  ['--jitless'],
];
