/**
 * Compares how this Mac's `security verify-cert` and os-truststore understand trust settings of both domains. Started
 * by macos-keychain.sh, which allows changing them and restores both domains.
 *
 * `security add-trusted-cert` cannot set entries with different results for one certificate, nor one for SSL clients,
 * so the entries it writes to a file are combined and imported.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { readSystemStore } from '../../dist/index.js';
import type { Purpose } from '../../dist/index.js';
import { createCertificate, EKU } from '../helpers/pki.js';
import type { CertificateSpec, TestCertificate } from '../helpers/pki.js';

const execute = promisify(execFile);
const keychain = process.env.MACOS_TEST_KEYCHAIN;
const systemKeychain = '/Library/Keychains/System.keychain';
const skip =
  process.platform !== 'darwin'
    ? 'macOS only'
    : keychain === undefined
      ? 'changes the trust settings of this Mac: run npm run test:macos-keychain'
      : false;

type Domain = 'admin' | 'user';

interface Entry {
  policy?: 'ssl' | 'basic' | 'smime';
  /** kSecTrustSettingsPolicyName; by default what the tool writes. */
  name?: 'sslServer' | 'sslClient';
  result: 'trustRoot' | 'trustAsRoot' | 'deny' | 'unspecified';
}

interface Row {
  what: string;
  admin?: Entry[];
  user?: Entry[];
  /** An intermediate with an unknown root. */
  issued?: boolean;
  /** It lies in no keychain but the user's. */
  userKeychainOnly?: boolean;
}

const [trust, deny, nothing] = (['trustRoot', 'deny', 'unspecified'] as const).map(
  (result): Entry => ({ policy: 'ssl', result }),
) as [Entry, Entry, Entry];
const trustServers: Entry = { ...trust, name: 'sslServer' };
const trustClients: Entry = { ...trust, name: 'sslClient' };
const denyServers: Entry = { ...deny, name: 'sslServer' };
const denyClients: Entry = { ...deny, name: 'sslClient' };
const basic = (result: Entry['result']): Entry => ({ policy: 'basic', result });

const rows: Row[] = [
  { what: 'the user trusts', user: [trust] },
  { what: 'the user denies', user: [deny] },
  { what: 'the administrator trusts', admin: [trust] },
  { what: 'the administrator denies what the user trusts', admin: [deny], user: [trust] },
  { what: 'the administrator trusts what the user denies', admin: [trust], user: [deny] },
  { what: 'the administrator leaves open what the user denies', admin: [nothing], user: [deny] },
  { what: 'the administrator leaves open what the user trusts', admin: [nothing], user: [trust] },
  {
    what: 'the administrator speaks of mail and the user trusts',
    admin: [{ policy: 'smime', result: 'deny' }],
    user: [trust],
  },
  { what: 'basic X.509 is trusted by the user', user: [basic('trustRoot')] },
  { what: 'basic X.509 is trusted by the administrator', admin: [basic('trustRoot')] },
  { what: 'basic X.509 is denied', user: [basic('deny')] },
  { what: 'basic X.509 is trusted and SSL denied', user: [basic('trustRoot'), deny] },
  { what: 'basic X.509 is denied and SSL trusted', user: [basic('deny'), trust] },
  { what: 'SSL servers are trusted', user: [trustServers] },
  { what: 'SSL clients are trusted', user: [trustClients] },
  { what: 'SSL servers are denied and clients trusted', admin: [denyServers, trustClients] },
  { what: 'SSL clients are denied and servers trusted', admin: [denyClients, trustServers] },
  { what: 'everything is denied', user: [{ result: 'deny' }] },
  { what: 'denied, then trusted', user: [deny, trust] },
  { what: 'trusted, then denied', user: [trust, deny] },
  { what: 'left open, then denied', user: [nothing, deny] },
  {
    what: 'an intermediate is trusted as a root',
    admin: [{ ...trust, result: 'trustAsRoot' }],
    issued: true,
  },
  { what: 'an intermediate is denied', admin: [deny], issued: true },
  {
    what: 'the administrator denies what lies in the user’s keychain',
    admin: [deny],
    user: [trust],
    userKeychainOnly: true,
  },
];

const day = 86_400_000;
/** Apple refuses server certificates that are valid for more than 825 days, and other dates that are not recent. */
const recently = {
  validFrom: new Date(Date.now() - day),
  validTo: new Date(Date.now() + 30 * day),
};

interface Subject {
  certificate: TestCertificate;
  file: string;
  leafFile: string;
}

describe('trust settings as this Mac judges by them', { skip }, () => {
  let folder = '';
  let files = 0;
  const added: { domain: Domain; sha1: string; file: string }[] = [];

  const security = (domain: Domain, ...args: string[]) =>
    domain === 'user'
      ? execute('security', args)
      : execute('sudo', ['-n', 'security', args[0] ?? '', '-d', ...args.slice(1)]);

  const inFolder = (extension: string): string => path.join(folder, `${++files}.${extension}`);

  function save({ pem }: TestCertificate): string {
    const file = inFolder('pem');
    writeFileSync(file, pem);
    return file;
  }

  async function createSubject(name: string, issued = false): Promise<Subject> {
    const create = (what: string, spec: Partial<CertificateSpec>): Promise<TestCertificate> => {
      const commonName = `os-truststore test ${what} ${String(process.pid)}`;
      return createCertificate({ commonName, ...recently, ...spec });
    };
    const issuer = issued ? { issuer: await create(`${name} (unknown root)`, {}) } : {};
    const certificate = await create(name, issuer);
    const leaf = await create(`${name} (leaf)`, {
      issuer: certificate,
      ca: false,
      dns: ['localhost'],
      eku: [EKU.serverAuth, EKU.clientAuth],
    });
    return { certificate, file: save(certificate), leafFile: save(leaf) };
  }

  /** Returns what Apple's tool writes for one entry: the record of the certificate, and the entry in it. */
  async function write(file: string, { policy, name, result }: Entry) {
    const output = inFolder('plist');
    const limits = policy === undefined ? [] : ['-p', policy];
    await execute('security', ['add-trusted-cert', '-o', output, '-r', result, ...limits, file]);
    const text = readFileSync(output, 'utf8');
    const record = /<key>trustList<\/key>\s*<dict>([\s\S]*)<\/dict>\s*<key>trustVersion/.exec(text);
    const entry = /<array>([\s\S]*?)<\/array>/.exec(text);
    assert.ok(record?.[1] !== undefined && entry?.[1] !== undefined, text);
    if (name === undefined) return { record: record[1], entry: entry[1] };
    const known = /\s*<key>kSecTrustSettingsPolicyName<\/key>\s*<string>[^<]*<\/string>/;
    const named = `<dict><key>kSecTrustSettingsPolicyName</key><string>${name}</string>`;
    return { record: record[1], entry: entry[1].replace(known, '').replace('<dict>', named) };
  }

  /** Adds to what the domain already holds. */
  async function importRecords(domain: Domain, records: readonly string[]): Promise<void> {
    const file = inFolder('plist');
    const flag = domain === 'admin' ? ['-d'] : [];
    // A domain without settings cannot be exported.
    await execute('security', ['trust-settings-export', ...flag, file]).catch(() =>
      execute('security', ['add-trusted-cert', '-o', file]),
    );
    const before = readFileSync(file, 'utf8');
    const list =
      /<key>trustList<\/key>\s*(?:<dict\/>|<dict>([\s\S]*)<\/dict>(?=\s*<key>trustVersion))/;
    assert.match(before, list);
    const merged = before.replace(
      list,
      (_, others: string | undefined) =>
        `<key>trustList</key><dict>${others ?? ''}${records.join('')}</dict>`,
    );
    const output = inFolder('plist');
    writeFileSync(output, merged);
    await security(domain, 'trust-settings-import', output);
  }

  async function set(domain: Domain, subject: Subject, entries: readonly Entry[]): Promise<void> {
    const written = [];
    for (const entry of entries) written.push(await write(subject.file, entry));
    const joined = written.map(({ entry }) => entry).join('');
    const record = written[0]?.record.replace(
      /<array>[\s\S]*?<\/array>/,
      () => `<array>${joined}</array>`,
    );
    // trustd learns of new settings a little later, and of all of them at once.
    const sentinel = await createSubject(`sentinel ${String(++files)}`);
    const mark = await write(sentinel.file, trust);
    for (const { certificate, file } of [subject, sentinel]) {
      const sha1 = createHash('sha1').update(certificate.der).digest('hex').toUpperCase();
      added.push({ domain, sha1, file });
    }
    await importRecords(domain, [record ?? '', mark.record]);
    for (
      const giveUp = Date.now() + 30_000;
      (await judge(sentinel, 'server-auth')) !== 'trusted';
    ) {
      assert.ok(
        Date.now() < giveUp,
        `trustd does not hear of the settings of the ${domain} domain`,
      );
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** Returns the tool's verdict on a chain that ends at the certificate, without the network. */
  async function judge(subject: Subject, purpose: Purpose): Promise<string> {
    const end = purpose === 'client-auth' ? ['-C'] : ['-n', 'localhost'];
    const chain = ['-c', subject.leafFile, '-c', subject.file];
    try {
      await execute('security', ['verify-cert', '-L', '-p', 'ssl', ...end, ...chain]);
      return 'trusted';
    } catch (error) {
      const { stderr, code } = error as { stderr?: string; code?: unknown };
      assert.equal(code, 1, stderr);
      return stderr?.includes('kSecTrustResultDeny') ? 'distrusted' : 'unspecified';
    }
  }

  function read({ certificate }: Subject, purpose: Purpose): string {
    const store = readSystemStore({ purpose });
    assert.deepEqual(store.errors, []);
    const found = store.certificates.find(({ der }) => der.equals(certificate.der));
    assert.ok(found);
    return found.skipped === 'purpose' ? 'unspecified' : found.trust;
  }

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'os-truststore-settings-'));
  });

  after(async () => {
    await execute('sudo', ['-n', 'security', 'user-trust-settings-enable', '-e']).catch(
      () => undefined,
    );
    for (const { domain, sha1, file } of added) {
      await security(domain, 'remove-trusted-cert', file).catch(() => undefined);
      const from = ['-n', 'security', 'delete-certificate', '-Z', sha1, systemKeychain];
      await execute('sudo', from).catch(() => undefined);
    }
    rmSync(folder, { recursive: true, force: true });
  });

  for (const row of rows) {
    test(`${row.what}: reading and verify-cert agree`, async () => {
      const subject = await createSubject(row.what, row.issued);
      // The admin domain lists the System keychain, the user's domain also lists the search list.
      if (row.admin && !row.userKeychainOnly) {
        const to = ['-n', 'security', 'add-certificates', '-k', systemKeychain, subject.file];
        await execute('sudo', to);
      } else {
        await execute('security', ['add-certificates', '-k', keychain ?? '', subject.file]);
      }
      if (row.admin) await set('admin', subject, row.admin);
      if (row.user) await set('user', subject, row.user);
      for (const purpose of ['server-auth', 'client-auth'] as const) {
        assert.equal(read(subject, purpose), await judge(subject, purpose), purpose);
      }
    });
  }

  test('settings of users are not read where the Mac switches them off', async () => {
    const subject = await createSubject('switched off');
    await execute('security', ['add-certificates', '-k', keychain ?? '', subject.file]);
    await set('user', subject, [trust]);
    assert.equal(read(subject, 'server-auth'), 'trusted');
    const state = async (flag: string): Promise<void> => {
      await execute('sudo', ['-n', 'security', 'user-trust-settings-enable', flag]);
      // The tool writes the file itself, so the preferences daemon does not notice.
      await execute('sudo', ['-n', 'killall', 'cfprefsd']);
    };
    await state('-d');
    assert.equal(read(subject, 'server-auth'), 'unspecified');
    await state('-e');
    assert.equal(read(subject, 'server-auth'), 'trusted');
  });
});
