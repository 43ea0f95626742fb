/**
 * Checks where distrust is written on a machine, and how to take it back there.
 */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';

import { loadAddon } from '../../dist/addon/load-addon.js';
import { distrustPlaces, liftingWords } from '../../dist/explain/diagnose/distrust-places.js';
import * as truststore from '../../dist/index.js';
import type { CertificateSource } from '../../dist/types.js';
import { createCertificate } from '../helpers/pki.js';
import type { TestCertificate } from '../helpers/pki.js';
import { RootTree, debian, p11KitName, rhel } from '../helpers/roots.js';
import { internalsOf } from '../inject/scenario-tools.js';
import { explainOn, leafOf, listen, makeMachine, tlsServer } from './loopback.js';

/** The store of these tests is files. */
const unix = {
  skip:
    process.platform === 'win32' || process.platform === 'darwin'
      ? 'the store is files only on Unix'
      : false,
};

/** The root below which the real addon reads. The first binding that is asked is kept, so there is only one. */
let machine = '/';
if (unix.skip === false) {
  const addon = loadAddon();
  const binding = Object.create(addon) as typeof addon;
  binding.read = (request, policy) => addon.read({ ...request, root: machine }, policy);
  binding.startRead = (request, ...rest) => addon.startRead({ ...request, root: machine }, ...rest);
  internalsOf(truststore).setBindingForTests(binding);
}

type Pki = Record<'root' | 'issuing' | 'leaf' | 'twin', TestCertificate>;

async function makePki(): Promise<Pki> {
  const root = await createCertificate({ commonName: 'Root' });
  const issuing = await createCertificate({ commonName: 'Issuing CA', issuer: root });
  const twin = await createCertificate({ commonName: 'Stolen CA', keys: issuing.keys });
  return { root, issuing, leaf: await leafOf(issuing), twin };
}

interface Vendor {
  lay: (tree: RootTree, pki: Pki) => void;
  summary?: RegExp;
  remedy: RegExp;
}

const vendors: Record<string, Vendor> = {
  'by issuer and serial number, in a file of p11-kit': {
    lay: (tree, { root, issuing }) => {
      rhel(tree, 9, { root }, '');
      const entry = p11KitName(issuing, { label: '"Bad CA"', 'x-distrusted': 'true' });
      tree.file('/usr/share/pki/ca-trust-source/vendor.p11-kit', entry);
    },
    remedy: /out of \/usr\/share\/pki\/ca-trust-source\/vendor\.p11-kit and run `update-ca-trust`/,
  },
  'in a blocklist, beside a bundle that has it': {
    lay: (tree, { root, issuing }) => {
      rhel(tree, 9, { root, issuing }, '');
      tree.file('/etc/pki/ca-trust/source/blocklist/bad.pem', issuing.pem);
    },
    remedy: /take the distrust out of \/etc\/pki\/ca-trust\/source\/blocklist\/bad\.pem and run/,
  },
  'of another certificate with its key': {
    lay: (tree, { root, twin }) => {
      rhel(tree, 9, { root }, '');
      tree.file('/etc/pki/ca-trust/source/blocklist/stolen.pem', twin.pem);
    },
    summary: /blocklist\/stolen\.pem, because it shares its key with “Stolen CA”\)/,
    remedy: /take the distrust out of \/etc\/pki\/ca-trust\/source\/blocklist\/stolen\.pem and run/,
  },
  'by a line of ca-certificates.conf': {
    lay: (tree, { root, issuing }) => {
      debian(tree, { root, issuing }, { deselected: ['issuing'] });
    },
    remedy:
      /“!” off the line of \S+\/issuing\.crt in \/etc\/ca-certificates\.conf and run update-.*`sudo sed -i 's\|\^!mozilla\/issuing\.crt/,
  },
};

for (const [name, { lay, summary, remedy }] of Object.entries(vendors)) {
  test(`it is told how to take back distrust ${name}`, unix, async (t) => {
    const all = await makePki();
    const tree = new RootTree('doctor');
    t.after(() => {
      tree.remove();
    });
    lay(tree, all);
    machine = tree.path;
    const { HOME = '', XDG_CONFIG_HOME = '' } = makeMachine(t, {}).env;
    const { leaf, issuing } = all;
    const { server } = tlsServer({ leaf, chain: [issuing] });
    const target = `localhost:${await listen(t, server)}`;
    const files = { env: { HOME, XDG_CONFIG_HOME }, userDirectory: '' };
    const explanation = await explainOn(files, target);
    const [first] = explanation.diagnoses;
    assert.equal(first?.name, 'distrusted');
    assert.deepEqual(first.certificates, [new X509Certificate(issuing.der).fingerprint256]);
    assert.match(first.remedy, remedy);
    if (summary) assert.match(first.summary, summary);
    assert.doesNotMatch(`${first.summary}${first.remedy}`, /bundle/);
  });
}

const store = (location: string, name: string): CertificateSource => {
  return { origin: 'system', kind: 'windows-store', location, store: name };
};
const domain = (location: string): CertificateSource => {
  return { origin: 'system', kind: 'macos-trust-domain', location };
};
const words: [name: string, sources: CertificateSource[], expected: RegExp][] = [
  [
    'a Windows machine that has it as a root, too',
    [store('LOCAL_MACHINE', 'ROOT'), store('LOCAL_MACHINE', 'Disallowed')],
    /^delete it from “Untrusted Certificates” in certlm\.msc, as the administrator/,
  ],
  [
    'a Windows whose vendor distrusts it',
    [
      store('LOCAL_MACHINE', 'ROOT'),
      store('HKLM\\Software\\…\\AuthRoot\\AutoUpdate', 'DisallowedCertEncodedCtl'),
    ],
    /^have the server use a certificate of another CA: Microsoft has taken this one/,
  ],
  ['a Windows user', [store('CURRENT_USER', 'Disallowed')], /^delete it .* in certmgr\.msc$/],
  [
    'a group policy',
    [store('LOCAL_MACHINE_GROUP_POLICY', 'Disallowed')],
    /^ask the administrator of this machine \(LOCAL_MACHINE_GROUP_POLICY\) to delete it/,
  ],
  ['a macOS user', [domain('user')], /^set its trust to “Use System Defaults” in Keychain Access$/],
  ['a managed Mac', [domain('admin')], /^set its trust .* profile that manages it$/],
  [
    'FreeBSD',
    [
      {
        origin: 'system',
        kind: 'directory',
        location: '/usr/local/etc/ssl/untrusted/bad.pem',
        store: '/usr/local/etc/ssl/untrusted',
      },
    ],
    /untrusted\/bad\.pem and run `certctl rehash`, as the administrator/,
  ],
];

test('each system has its own way of taking distrust back', () => {
  for (const [name, sources, expected] of words) {
    const lifts = distrustPlaces(sources).map(liftingWords);
    assert.equal(lifts.length, 1, name);
    assert.match(lifts[0] ?? '', expected, name);
  }
});
