/**
 * Only `lib/network` may call the network, and only explaining and verifying may reach it: reading the store and making
 * trust sets must not.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';

const root = join(__dirname, '..', '..');
const lib = join(root, 'lib');

/** Lists the modules that a source loads, at once or later, without types. */
function importsOf(file: string): string[] {
  // It names them all; who asks it for which is what counts.
  if (file === join(lib, 'base', 'builtins.ts')) return [];
  const source = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  const imports = source.matchAll(/^(?:import|export) (?!type\b)[^;]*?from '([^']+)';/gms);
  const others = source.matchAll(/(?<!typeof )(?:require|import|loadBuiltin)\('([^']+)'\)/g);
  return [...imports, ...others]
    .map(([, name = '']) => name)
    .filter((name) => name.startsWith('.') || name.startsWith('node:'));
}

function closureOf(...entries: string[]): Set<string> {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    const name = relative(lib, file);
    if (seen.has(name)) return;
    seen.add(name);
    for (const imported of importsOf(file)) {
      if (imported.startsWith('node:')) seen.add(imported);
      else {
        const path = join(dirname(file), imported.replace(/\.js$/, '.ts'));
        // The part for another system may be missing.
        if (existsSync(path)) visit(path);
      }
    }
  };
  for (const entry of entries) visit(join(lib, entry));
  return seen;
}

const NETWORK =
  /^(?:network\/|verify\/verify\.ts|chain\/completion\/documents\.ts|explain\/explain\.ts|node:(?:http|https|http2|net|dns|dns\/promises|dgram)$)/;

void test('reading the store and merging never reach the network', () => {
  const readers = [
    'trust/store/system-store.ts',
    'trust/trusted-cas.ts',
    'trust/make-trust-set.ts',
    'trust/store/store-cache.ts',
    'trust/user-cas/user-cas.ts',
    'trust/merge.ts',
    'addon/load-binding.ts',
  ];
  const reached = [...closureOf(...readers)].filter((name) => NETWORK.test(name));
  assert.deepEqual(reached, []);
});

void test('the same look finds the network where it is used', () => {
  for (const user of ['verify/verify.ts', 'explain/explain.ts']) {
    assert.ok(closureOf(user).has('network/fetcher.ts'), user);
  }
});

void test('documents are fetched in one place', () => {
  const users = ['verify', 'explain', 'chain', 'inject', 'cli'].flatMap((folder) =>
    [
      ...closureOf(
        'verify/verify.ts',
        'explain/explain.ts',
        'inject/injection.ts',
        'cli/program.ts',
      ),
    ].filter(
      (name) =>
        name.startsWith(`${folder}/`) &&
        importsOf(join(lib, name)).some((one) => one.endsWith('/fetcher.js')),
    ),
  );
  assert.deepEqual(users.sort(), ['chain/completion/complete.ts', 'chain/completion/documents.ts']);
});

void test('of what programs load, verifying and explaining alone hold it', () => {
  const dist = join(root, 'dist');
  const parts = readdirSync(join(dist, 'parts')).map((name) => join('parts', name));
  const holders = ['index.js', ...parts].filter((file) =>
    /require\("node:(?:http|dns|dns\/promises|net)"\)/.test(readFileSync(join(dist, file), 'utf8')),
  );
  assert.deepEqual(holders.sort(), [join('parts', 'explain.js'), join('parts', 'verify.js')]);
});

void test('nothing connects or looks up names while the store is read', async () => {
  const net = await import('node:net');
  const dns = await import('node:dns');
  const { getTrustedCAs, getSystemCAs, readSystemStoreAsync } = await import('../../dist/index.js');
  let calls = 0;
  const { connect } = net.Socket.prototype;
  const { lookup } = dns.default;
  net.Socket.prototype.connect = function (
    this: InstanceType<typeof net.Socket>,
    ...args: unknown[]
  ) {
    calls++;
    return Reflect.apply(connect, this, args) as typeof this;
  } as typeof connect;
  dns.default.lookup = ((...args: unknown[]) => {
    calls++;
    return Reflect.apply(lookup, dns.default, args) as unknown;
  }) as typeof lookup;
  try {
    getSystemCAs();
    getTrustedCAs();
    await readSystemStoreAsync();
  } finally {
    net.Socket.prototype.connect = connect;
    dns.default.lookup = lookup;
  }
  assert.equal(calls, 0);
});
