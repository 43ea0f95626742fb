/**
 * What functions accept is checked at the call, by one family of checks: each wrong value of each option, at each function that
 * takes it, is the same error.
 */
import assert from 'node:assert/strict';
import channels from 'node:diagnostics_channel';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import * as library from '../../dist/index.js';
import { keepEnvironmentPolicy } from '../../dist/inject/registry.js';
import { resolveTrustOptions } from '../../dist/trust/options/options.js';

type Call = (options: unknown) => unknown;
type Names = Record<string, readonly unknown[]>;

/** Of each kind of option, what is wrong. */
const NOT_AN_OBJECT = [5, '', 'x', null, [5], NaN, true, () => 5];
const FLAG = [5, '', null, [5], {}, NaN, 'true'];
const NAME = [5, '', null, [5], {}, NaN, 'x'];
const MILLISECONDS = [-1, NaN, '', '5', null, [5], {}];
const LIST = [5, '', null, {}, 'x', [5], ['']];

const SYSTEM: Names = {
  'options.purpose': NAME,
  'options.intermediates': FLAG,
  'options.expired': FLAG,
  'options.deadlineMs': MILLISECONDS,
  'options.env': [5, '', null, [5], NaN],
  'options.env.SSL_CERT_FILE': [5, null, {}],
};
const TRUST: Names = {
  'options.bundled': FLAG,
  'options.system': [5, '', null, [5], NaN],
  userCAs: [5, null, NaN, true, new Map()],
  'userCAs[0]': [5, null, {}, [5], NaN],
  'userCAs.certificates': [5, '', null, {}],
  'userCAs.files': LIST,
  'userCAs.directories': LIST,
  'userCAs.env': FLAG,
  'options.exclude': [5, '', null, {}, [5], ['zz'], [null]],
};
const VERIFY: Names = {
  'options.fetchIntermediates': FLAG,
  'options.verifier': NAME,
  'options.revocation': NAME,
  'options.verifyDeadlineMs': MILLISECONDS,
  'options.allowPrivateAddresses': FLAG,
  'options.cacheDirectory': [5, '', null, [5], {}, true, 'relative'],
};
const INJECT: Names = {
  'options.rootLists': FLAG,
  'options.watch': FLAG,
  'options.workers': FLAG,
  'options.childProcesses': FLAG,
  'options.explainErrors': FLAG,
  'options.deadlineMs': MILLISECONDS,
};
const EXPLAIN: Names = {
  ca: [5, null, {}, [5], NaN],
  'options.servername': [5, null, [5], {}],
  startTls: [5, '', null, 'x'],
  proxy: [5, null, true, {}, [5]],
  'options.timeoutMs': MILLISECONDS,
  'options.fetchIssuers': FLAG,
  'options.allowPrivate': FLAG,
  'options.onProgress': [5, '', null, {}],
};
const VERIFY_CHAIN: Names = {
  'options.host': [5, '', null, [5], {}, NaN, undefined],
  'options.purpose': [...NAME, 'any'],
  'options.revocation': NAME,
  'options.fetchIntermediates': FLAG,
  'options.deadlineMs': MILLISECONDS,
  'options.userCAs': [5, '', null, {}, [5], [new Uint8Array()]],
  'options.signal': [5, '', null, {}, [5], true],
};

const absent = join(tmpdir(), 'os-truststore-no-such-directory', 'file');
const [root = ''] = library.getSystemCAs().length > 0 ? library.getSystemCAs() : ['x'];
const der = Buffer.from(root);

const inject: Call = (options) => {
  try {
    return library.inject(options as library.InjectOptions);
  } finally {
    library.restore();
  }
};
const injectAgain: Call = (options) => {
  library.inject();
  return inject(options);
};
/** The policy wins over what is said, which has to be right all the same. */
const injectUnderPolicy: Call = (options) => {
  const exclude = ['AB'.repeat(32)];
  keepEnvironmentPolicy({ options: { system: false, exclude, revocation: 'off' }, sources: {} });
  try {
    return inject(options);
  } finally {
    Reflect.deleteProperty(channels, Symbol.for('os-truststore.policy'));
  }
};
const FUNCTIONS: Record<string, [Call, { takes: Names[]; underSystem?: boolean; and?: object }]> = {
  getSystemCAs: [library.getSystemCAs as Call, { takes: [SYSTEM] }],
  getSystemCAsAsync: [library.getSystemCAsAsync as Call, { takes: [SYSTEM] }],
  readSystemStore: [library.readSystemStore as Call, { takes: [SYSTEM] }],
  readSystemStoreAsync: [library.readSystemStoreAsync as Call, { takes: [SYSTEM] }],
  getDefaultVerifyPaths: [library.getDefaultVerifyPaths as Call, { takes: [SYSTEM] }],
  getTrustedCAs: [library.getTrustedCAs as Call, { takes: [TRUST], underSystem: true }],
  getTrustedCAsAsync: [library.getTrustedCAsAsync as Call, { takes: [TRUST], underSystem: true }],
  createSecureContext: [
    library.createSecureContext as Call,
    { takes: [TRUST, { 'options.allowPartialTrustChain': FLAG }], underSystem: true },
  ],
  createAgent: [library.createAgent as Call, { takes: [TRUST, VERIFY], underSystem: true }],
  createConnector: [library.createConnector as Call, { takes: [TRUST, VERIFY], underSystem: true }],
  inject: [inject, { takes: [TRUST, VERIFY, INJECT], underSystem: true }],
  'inject, again': [injectAgain, { takes: [TRUST, VERIFY, INJECT], underSystem: true }],
  'inject, under a policy': [
    injectUnderPolicy,
    { takes: [TRUST, VERIFY, INJECT], underSystem: true },
  ],
  writeBundle: [
    library.writeBundle as Call,
    {
      takes: [
        TRUST,
        { 'options.intermediates': FLAG, 'options.directory': [5, '', null, [5], {}] },
      ],
      underSystem: true,
    },
  ],
  explain: [
    (options) => library.explain('127.0.0.1:1', options as library.ExplainOptions),
    { takes: [TRUST, EXPLAIN], underSystem: true },
  ],
  verifyChain: [
    (options) => library.verifyChain([der], options as library.VerifyChainOptions),
    { takes: [VERIFY_CHAIN], and: { host: 'a' } },
  ],
  trustOnFirstUse: [
    library.trustOnFirstUse as Call,
    {
      takes: [
        {
          'options.file': [5, '', null, [5], {}, undefined],
          'options.decide': [5, '', null, {}, undefined],
          'options.decisionMs': [0, -1, 1.5, NaN, '5', null, {}],
          'options.maximumPending': [0, -1, 1.5, NaN, '5', null, {}],
        },
      ],
      and: { file: absent, decide: () => 'refuse' },
    },
  ],
};

/** Options in which `value` stands where messages call it `name`. */
function optionsWith(name: string, value: unknown, inSystem: boolean): Record<string, unknown> {
  if (name === 'userCAs[0]') return { userCAs: [value] };
  const path = name.split('.');
  if (path[0] === 'options') path.shift();
  if (inSystem) path.unshift('system');
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Record<
    string,
    unknown
  >;
}

async function errorOf(call: Call, options: unknown): Promise<{ code?: string; message?: string }> {
  try {
    await call(options);
    return { message: 'accepted' };
  } catch (error) {
    return error as library.TruststoreError;
  }
}

for (const [name, [call, { takes, underSystem = false, and = {} }]] of Object.entries(FUNCTIONS)) {
  void test(`${name}() refuses what is not among its options, at the call`, async () => {
    const check = async (options: unknown, option: string): Promise<void> => {
      const { code, message = '' } = await errorOf(call, options);
      const of = `${name}: ${option}: ${message}`;
      assert.equal(code, library.ErrorCodes.INVALID_ARGUMENT, of);
      assert.ok(message.startsWith(`${option} must be `), of);
    };
    for (const value of NOT_AN_OBJECT) await check(value, 'options');
    const rows = takes.flatMap((names) =>
      Object.entries(names).map(([option, values]) => ({ option, values, inSystem: false })),
    );
    if (underSystem) {
      for (const [option, values] of Object.entries(SYSTEM)) {
        rows.push({ option, values, inSystem: true });
      }
    }
    for (const { option, values, inSystem } of rows) {
      const shown = inSystem ? option.replace('options.', 'options.system.') : option;
      for (const value of values) {
        await check({ ...and, ...optionsWith(option, value, inSystem) }, shown);
      }
    }
  });
}

/** A misspelling of one option of each function, and what it is taken for. */
const MISSPELT: [functions: RegExp, options: object, message: string][] = [
  [
    /^(get|read)(System|Default)/,
    { Purpose: 'any' },
    'options.Purpose is not an option: did you mean purpose?',
  ],
  [
    /Trusted|Context|Agent|Connector|inject|Bundle|explain/,
    { userCas: [] },
    'options.userCas is not an option: did you mean userCAs?',
  ],
  [
    /Trusted|Context|Agent|Connector|inject|Bundle|explain/,
    { exlcude: [] },
    'options.exlcude is not an option: did you mean exclude?',
  ],
  [
    /Trusted|inject|Bundle/,
    { userCAs: { file: ['a'] } },
    'userCAs.file is not an option: did you mean files?',
  ],
  [
    /Trusted|inject|Bundle/,
    { system: { intermediate: true } },
    'options.system.intermediate is not an option: did you mean intermediates?',
  ],
  [
    /Trusted/,
    { watch: true },
    'options.watch is not an option: there are bundled, system, userCAs, exclude',
  ],
  [
    /Agent|Connector|inject|verifyChain/,
    { revokation: 'require' },
    'options.revokation is not an option: did you mean revocation?',
  ],
  [
    /Context/,
    { allowPartialTrustChains: true },
    'options.allowPartialTrustChains is not an option: did you mean allowPartialTrustChain?',
  ],
  [
    /explain/,
    { allowPrivat: true },
    'options.allowPrivat is not an option: did you mean allowPrivate?',
  ],
  [
    /trustOnFirstUse/,
    { maximumPendings: 1 },
    'options.maximumPendings is not an option: did you mean maximumPending?',
  ],
];

for (const [functions, wrong, expected] of MISSPELT) {
  void test(`${expected} (${String(functions)})`, async () => {
    const rows = Object.entries(FUNCTIONS).filter(([name]) => functions.test(name));
    assert.ok(rows.length > 0);
    for (const [name, [call, { and = {} }]] of rows) {
      const { code, message } = await errorOf(call, { ...and, ...wrong });
      assert.equal(code, library.ErrorCodes.INVALID_ARGUMENT, `${name}: ${String(message)}`);
      assert.ok(message?.startsWith(expected), `${name}: ${String(message)}`);
    }
  });
}

void test('what agents, contexts and devices have besides is theirs', () => {
  library.createAgent({ keepAlive: true, ciphers: 'HIGH', family: 4 });
  library.createSecureContext({ ciphers: 'HIGH', minVersion: 'TLSv1.2', sigalgs: 'ed25519' });
  library.createConnector({ allowH2: false, timeout: 5 } as object);
});

void test('options are read once, also those that an object inherits', () => {
  const reads: string[] = [];
  const watched = <Options extends object>(options: Options, of = ''): Options =>
    new Proxy(options, {
      get: (target, key, receiver) => {
        reads.push(`${of}${String(key)}`);
        return Reflect.get(target, key, receiver) as unknown;
      },
    });
  class Options {
    get bundled(): boolean {
      return root === '';
    }
    get userCAs(): library.UserCAOptions {
      return watched({ certificates: [root], env: false }, 'userCAs.');
    }
    get system(): library.SystemCAOptions {
      return watched({ expired: true }, 'system.');
    }
  }
  const { bundled, userCAs, systemOptions } = resolveTrustOptions(watched(new Options()));
  assert.equal(bundled, false);
  assert.equal(String(userCAs?.certificates[0]), root);
  assert.equal(systemOptions.policy.expired, true);
  assert.deepEqual(reads, [...new Set(reads)]);
});

void test('what a program does to its options afterwards changes nothing', () => {
  const bytes = Buffer.from(root);
  const exclude = ['AB'.repeat(32)];
  const options = { userCAs: [bytes], exclude, system: { expired: false } };
  const resolved = resolveTrustOptions(options);
  bytes.fill(0);
  exclude.pop();
  options.system.expired = true;
  assert.equal(String(resolved.userCAs?.certificates[0]), root);
  assert.equal(resolved.exclude.size, 1);
  assert.equal(resolved.systemOptions.policy.expired, false);
});
