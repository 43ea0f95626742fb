/**
 * Asks the verifier of this machine about chains of our own; changes nothing on the machine and fetches nothing.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { hasPlatformVerifier, verifyChain } from '../../dist/verify/platform/platform-verifier.js';
import type { VerifyChainOptions } from '../../dist/verify/types.js';
import { createCertificate, EKU } from '../helpers/pki.js';
import type { TestCertificate } from '../helpers/pki.js';

const day = 24 * 3600_000;
const around = (from: number, to: number) => ({
  validFrom: new Date(Date.now() + from * day),
  validTo: new Date(Date.now() + to * day),
});

async function makePki() {
  const root = await createCertificate({ commonName: 'Root', ...around(-400, 400) });
  const issuer = await createCertificate({ commonName: 'CA', issuer: root, ...around(-300, 300) });
  // Apple accepts no server's certificate for longer than 825 days.
  const leaf = (validity: object, eku: string = EKU.serverAuth) =>
    createCertificate({
      commonName: 'host.example',
      issuer,
      ca: false,
      dns: ['host.example', '*.wild.example'],
      ip: ['192.0.2.1'],
      eku: [eku],
      ...validity,
    });
  return {
    root,
    issuer,
    good: await leaf(around(-1, 90)),
    expired: await leaf(around(-90, -1)),
    early: await leaf(around(1, 90)),
    client: await leaf(around(-1, 90), EKU.clientAuth),
  };
}

describe('the verifier of this machine', { skip: !hasPlatformVerifier() && 'it has none' }, () => {
  it('judges chains to a user CA', async () => {
    const { root, issuer, good, expired, early, client } = await makePki();
    const rows: [string, TestCertificate[], Partial<VerifyChainOptions>, string][] = [
      ['good', [good, issuer], {}, ''],
      ['wildcard', [good, issuer], { host: 'a.wild.example' }, ''],
      ['address', [good, issuer], { host: '192.0.2.1' }, ''],
      ['another address', [good, issuer], { host: '192.0.2.2' }, 'refused'],
      ['without the user CA', [good, issuer], { userCAs: [] }, 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
      ['without the issuer', [good], {}, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
      ['expired', [expired, issuer], {}, 'refused'],
      ['early', [early, issuer], {}, 'refused'],
      ['another host', [good, issuer], { host: 'other.example' }, 'refused'],
      ['for clients', [client, issuer], {}, 'refused'],
      ['a client', [client, issuer], { purpose: 'client-auth' }, ''],
      ['no answer about revocation', [good, issuer], { revocation: 'require' }, 'refused'],
    ];
    for (const [name, chain, options, expected] of rows) {
      const verdict = await verifyChain(
        chain.map(({ der }) => der),
        { host: 'host.example', userCAs: [root.der], ...options },
      );
      const found = verdict.ok ? '' : expected === 'refused' ? 'refused' : verdict.code;
      assert.equal(found, expected, `${name}: ${JSON.stringify(verdict)}`);
    }
  });
});
