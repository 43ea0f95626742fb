/**
 * Makes what the servers of test/bench/distrust.mjs send and what the machine distrusts: leaf ← intermediate ← root,
 * and twins.
 */
import { webcrypto } from 'node:crypto';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { createCertificate } = require('../../dist-test/helpers/pki.js');
const { trustedPem } = require('../../dist-test/helpers/roots.js');

/** The shapes of the servers, by the names of their chains below. */
export const shapes = ['plain', 'cross', 'renewed'];

const algorithms = {
  'P-256': { name: 'ECDSA', namedCurve: 'P-256' },
  'RSA-2048': {
    ...{ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048 },
    publicExponent: new Uint8Array([1, 0, 1]),
  },
};
export const keyTypes = Object.keys(algorithms);

/** @param hosts names that have a certificate each */
export async function createChains(keyType, hosts) {
  const generate = () =>
    webcrypto.subtle.generateKey(algorithms[keyType], true, ['sign', 'verify']);
  const create = async (commonName, issuer, more) =>
    createCertificate({ commonName, keys: await generate(), ...(issuer && { issuer }), ...more });
  const root = await create('Bench Root');
  const oldRoot = await create('Bench Old Root');
  const cross = await create('Bench Root', oldRoot, { keys: root.keys });
  const issuing = await create('Bench Issuing CA', root);
  const renewed = await create('Bench Issuing CA', root, { keys: issuing.keys });
  const elsewhere = await create('Bench CA of others');
  const under = { ca: false, ip: ['127.0.0.1'] };
  const leaf = await create('localhost', issuing, under);
  const leaves = {};
  for (const name of hosts) {
    leaves[name] = await create(name, issuing, { ...under, dns: [name], keys: leaf.keys });
  }
  const sent = { plain: [issuing], cross: [issuing, cross], renewed: [issuing, renewed] };
  return { root, leaf, leaves, sent, distrusted: { elsewhere, cross, issuing } };
}

/** Returns options for the servers of one shape, for full handshakes and for resumed ones. */
export function serversOf({ leaf, leaves, sent }, shape, secureOptions) {
  const identity = (of) => ({
    cert: [of, ...sent[shape]].map(({ pem }) => pem).join(''),
    key: of.keyPem,
  });
  const names = Object.entries(leaves).map(([name, of]) => [name, identity(of)]);
  return [
    { ...identity(leaf), secureOptions, names: Object.fromEntries(names) },
    { ...identity(leaf) },
  ];
}

/** Writes a CA the way a store says that it is not for servers. */
export const rejecting = ({ der }) => trustedPem(der, { reject: ['1.3.6.1.5.5.7.3.1'] });
