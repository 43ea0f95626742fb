/**
 * Distrust that names a certificate which the store does not hold, from a file of the system to the merged list,
 * through the real addon.
 */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { afterEach, describe, it } from 'node:test';
import { rootCertificates } from 'node:tls';

import { loadAddon } from '../../dist/addon/load-addon.js';
import { setBindingForTests } from '../../dist/addon/load-binding.js';
import { createLibraryApi } from '../../dist/cli/library-api.js';
import { readSources } from '../../dist/explain/gather/sources.js';
import { examineMachine } from '../../dist/explain/machine/machine-facts.js';
import { resolveExplainOptions } from '../../dist/explain/options.js';
import { resolveTrustOptions } from '../../dist/trust/options/options.js';
import { startTrustSet } from '../../dist/trust/pending-trust-set.js';
import type { TrustSet } from '../../dist/trust/trust-set.js';
import { getTrustedCAs, readTrustSet } from '../../dist/trust/trusted-cas.js';
import { createCertificate } from '../helpers/pki.js';
import { RootTree, distroless, p11KitObject, p11KitString } from '../helpers/roots.js';

const unix = process.platform !== 'win32' && process.platform !== 'darwin';
const skip = unix ? false : 'this backend reads Linux and other Unix systems';

/** Finds the encoded issuer and serial number by walking the certificate. */
function nameIn(der: Buffer): { issuer: Buffer; serial: Buffer } {
  const elementAt = (at: number): { content: number; end: number } => {
    const short = der[at + 1] ?? 0;
    const more = short & 0x80 ? short & 0x7f : 0;
    const size = more > 0 ? der.readUIntBE(at + 2, more) : short;
    return { content: at + 2 + more, end: at + 2 + more + size };
  };
  const version = elementAt(elementAt(0).content).content;
  const serial = elementAt(version).end;
  const algorithm = elementAt(serial).end;
  const issuer = elementAt(algorithm).end;
  return {
    serial: der.subarray(serial, algorithm),
    issuer: der.subarray(issuer, elementAt(issuer).end),
  };
}

describe('distrust by issuer and serial number, or by public key', { skip }, () => {
  afterEach(() => {
    setBindingForTests(undefined);
  });

  it('takes a root from Node’s own list and a CA from the user’s', async (t) => {
    const tree = new RootTree('names');
    t.after(() => {
      tree.remove();
    });
    const [system, own] = await Promise.all([
      createCertificate({ commonName: 'System Root' }),
      createCertificate({ commonName: 'Own Root' }),
    ]);
    const bundled = new X509Certificate(rootCertificates[0] ?? '').raw;
    const other = new X509Certificate(rootCertificates[1] ?? '');
    const key = other.publicKey.export({ type: 'spki', format: 'der' });
    distroless(tree, { system });
    const objects = [bundled, own.der].map((der) => {
      const { issuer, serial } = nameIn(der);
      return p11KitObject({
        class: 'certificate',
        issuer: p11KitString(issuer),
        'serial-number': p11KitString(serial),
        'x-distrusted': 'true',
      });
    });
    objects.push(
      p11KitObject({
        class: 'certificate',
        label: '"Stolen%20key"',
        'public-key-info': p11KitString(key),
        'x-distrusted': 'true',
      }),
    );
    const file = '/usr/share/pki/ca-trust-source/vendor.p11-kit';
    tree.file(file, objects.join(''));
    const addon = loadAddon();
    const binding = Object.assign(Object.create(addon) as typeof addon, {
      read: ((request, policy) =>
        addon.read({ ...request, root: tree.path }, policy)) as typeof addon.read,
      startRead: ((request, ...rest) =>
        addon.startRead({ ...request, root: tree.path }, ...rest)) as typeof addon.startRead,
    });
    setBindingForTests(binding);
    const options = { userCAs: { certificates: [own.pem], env: false } };
    const set = readTrustSet(options);
    const raw = (pem: string): Buffer => new X509Certificate(pem).raw;
    const dersOf = ({ distrusted }: TrustSet): Buffer[] => distrusted.map(({ der }) => der);
    assert.deepEqual(set.errors, []);
    assert.deepEqual(dersOf(set), [bundled, other.raw, own.der]);
    assert.equal(set.excludedBundled, true);
    assert.equal(set.distrustedBy(bundled)?.location, file);
    assert.equal(set.distrustedBy(other.raw)?.sharesKeyWith, 'Stolen key');
    // Also by the way of connections, which merge less.
    const pending = startTrustSet(resolveTrustOptions(options), () => undefined);
    assert.deepEqual(pending.wait(60_000)?.distrusted, set.distrusted);
    assert.match(set.warnings[0]?.message ?? '', /not used \(distrusted\)/);
    const judge = { purpose: 'server-auth', expired: false } as const;
    const [record, second] = createLibraryApi().readOther('bundled', judge).certificates;
    assert.deepEqual([record?.trust, record?.skipped], ['distrusted', 'distrusted']);
    assert.equal(record?.sources[1]?.location, file);
    const facts = examineMachine({}).facts;
    assert.deepEqual(
      facts.distrusted.map(({ fingerprint256 }) => fingerprint256),
      [record?.fingerprint256, second?.fingerprint256],
    );
    assert.equal(facts.bundledOnly.length, rootCertificates.length - 2);
    const { skipped } = await readSources(resolveExplainOptions(options));
    assert.deepEqual(
      skipped.map(({ certificate, reason, sources }) => [
        certificate.der,
        reason,
        sources[0]?.location,
      ]),
      [bundled, other.raw, own.der].map((der) => [der, 'distrusted', file]),
    );
    const list = getTrustedCAs(options).map(raw);
    assert.equal(list.length, rootCertificates.length - 1, 'two less, and the system’s');
    for (const der of [bundled, other.raw, own.der]) {
      assert.equal(
        list.some((other) => other.equals(der)),
        false,
      );
    }
  });
});
