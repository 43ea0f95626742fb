import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';

import { findings } from '../../dist/explain/machine/machine-findings.js';
import type { SandboxFacts } from '../../dist/explain/machine/machine-types.js';
import { readSandbox } from '../../dist/explain/machine/sandbox.js';
import { healthy } from './healthy.js';
import { temporaryDirectory } from './loopback.js';
import type { TestContext } from './loopback.js';

const skip = process.platform === 'linux' ? false : 'Flatpak and Snap are for Linux';
const debian = '/run/host/etc/ssl/certs/ca-certificates.crt';
const fedora = '/run/host/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem';

function root(t: TestContext, files: Record<string, string>): string {
  const directory = temporaryDirectory(t);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
  return directory;
}

describe('a sandbox is recognised by its files', { skip }, () => {
  const flatpak = { '/.flatpak-info': '[Application]\n' };
  const client = { '/etc/pkcs11/modules/p11-kit-trust.module': 'module: p11-kit-client.so\n' };
  const socket = { '/run/flatpak/p11-kit/pkcs11': '' };
  const rows: [name: string, files: Record<string, string>, facts: Partial<SandboxFacts>][] = [
    ['a Flatpak', flatpak, {}],
    ['a Flatpak with the host’s trust', { ...flatpak, ...client, ...socket }, { p11Kit: true }],
    ['a Flatpak whose socket is missing', { ...flatpak, ...client }, {}],
    [
      'a Flatpak with a trust module of its own',
      { ...flatpak, ...socket, '/etc/pkcs11/modules/p11-kit-trust.module': 'module: own.so\n' },
      {},
    ],
    ['a Flatpak that sees /etc of Debian', { ...flatpak, [debian]: '' }, { hostBundle: debian }],
    ['a Flatpak that sees /etc of Fedora', { ...flatpak, [fedora]: '' }, { hostBundle: fedora }],
  ];
  for (const [name, files, facts] of rows) {
    test(name, (t) => {
      const path = root(t, files);
      const found = readSandbox({}, path);
      const { hostBundle } = found ?? {};
      assert.deepEqual(
        {
          ...found,
          ...(hostBundle === undefined ? {} : { hostBundle: hostBundle.slice(path.length) }),
        },
        { kind: 'flatpak', p11Kit: false, ...facts },
      );
    });
  }

  test('a link of the host that leads into the sandbox is no file of the host', (t) => {
    const path = root(t, { ...flatpak, '/etc/bundle.crt': '' });
    mkdirSync(dirname(join(path, debian)), { recursive: true });
    symlinkSync(join(path, '/etc/bundle.crt'), join(path, debian));
    assert.equal(readSandbox({}, path)?.hostBundle, undefined);
  });

  test('a snap whose /etc/ssl is the host’s, and a program started by one, are none', (t) => {
    const path = root(t, { '/etc/ssl/certs/ca-certificates.crt': '' });
    assert.equal(readSandbox({ SNAP: '/snap/x/1', SNAP_NAME: 'x' }, path), undefined);
  });

  test('a snap whose /etc/ssl is laid over is one, with the bundle of the host beside it', (t) => {
    const path = root(t, { [fedora.slice('/run/host'.length)]: '' });
    // It is on another file system than /etc, as the base of a snap is.
    symlinkSync('/proc', join(path, 'etc/ssl'));
    const found = readSandbox({ SNAP: '/snap/x/1', SNAP_NAME: 'x' }, path);
    assert.equal(found?.kind, 'snap');
    assert.equal(found.hostBundle, path + fedora.slice('/run/host'.length));
    assert.equal(readSandbox({}, path), undefined);
  });
});

test('a sandbox is said to see its own store, and how that of the host gets in', () => {
  const say = (sandbox: SandboxFacts): string => {
    const [found] = findings({ ...healthy, surroundings: { sandbox } });
    return `${found?.summary}\n${found?.remedy}`;
  };
  const flatpak = say({ kind: 'flatpak', p11Kit: true });
  assert.match(
    flatpak,
    /a Flatpak: it sees the store of its runtime.*p11-kit.*os-truststore do not/,
  );
  assert.ok(flatpak.includes(`-o ${healthy.userDirectory}/host.pem`));
  assert.match(flatpak, /host-etc/);
  const snap = say({ kind: 'snap', p11Kit: false });
  assert.match(
    snap,
    /a Snap: it sees the store of its base, not that of the host\.\nOn the host, /,
  );
  assert.doesNotMatch(snap, /p11-kit|host-etc/);
  const seen = say({ kind: 'flatpak', p11Kit: false, hostBundle: debian });
  assert.ok(seen.includes(`OS_TRUSTSTORE_USER_CAS=${debian}\`.`));
  const facts = {
    surroundings: { sandbox: { kind: 'flatpak', p11Kit: false, hostBundle: debian } },
    variables: [{ name: 'OS_TRUSTSTORE_USER_CAS', value: `${debian}:/own.pem` }],
  } as const;
  assert.deepEqual(findings({ ...healthy, ...facts, variables: [...facts.variables] }), []);
});
