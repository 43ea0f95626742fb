/**
 * Lists chains, what is asked about them, and the expected code.
 */
import type { VerifyChainOptions } from '../../dist/verify/types.js';
import { createCertificate, EKU } from '../helpers/pki';
import type { TestCertificate } from '../helpers/pki';

export interface Row {
  name: string;
  chain: (TestCertificate | Buffer)[];
  options?: Partial<Omit<VerifyChainOptions, 'userCAs'>>;
  userCAs?: TestCertificate[];
  /** '' means accepted. */
  code: string;
  revocation?: string;
  platformCode?: number;
}

const past = { validFrom: new Date('2020-01-01'), validTo: new Date('2021-01-01') };
const later = { validFrom: new Date('2100-01-01'), validTo: new Date('2110-01-01') };

export async function makePki() {
  const root = await createCertificate({ commonName: 'Machine Root' });
  const issuer = await createCertificate({ commonName: 'Machine Issuer', issuer: root });
  const userRoot = await createCertificate({ commonName: 'User Root' });
  const userIssuer = await createCertificate({ commonName: 'User Issuer', issuer: userRoot });
  const distrusted = await createCertificate({ commonName: 'Distrusted Issuer', issuer: root });
  const oldRoot = await createCertificate({ commonName: 'Old Root', ...past });
  const notCa = await createCertificate({ commonName: 'No CA', issuer, ca: false });
  const leafOf = (by: TestCertificate, more: object = {}) =>
    createCertificate({
      commonName: 'host.example',
      issuer: by,
      ca: false,
      dns: ['host.example', '*.wild.example'],
      ip: ['192.0.2.1'],
      eku: [EKU.serverAuth],
      ...more,
    });
  return {
    root,
    issuer,
    userRoot,
    userIssuer,
    distrusted,
    oldRoot,
    leaf: await leafOf(issuer),
    expired: await leafOf(issuer, past),
    early: await leafOf(issuer, later),
    clientOnly: await leafOf(issuer, { eku: [EKU.clientAuth] }),
    anyPurpose: await leafOf(issuer, { eku: undefined }),
    userLeaf: await leafOf(userIssuer),
    distrustedLeaf: await leafOf(distrusted),
    oldLeaf: await leafOf(oldRoot),
    byLeaf: await leafOf(notCa),
    notCa,
    selfSigned: await createCertificate({
      commonName: 'host.example',
      ca: false,
      dns: ['host.example'],
    }),
  };
}

export type Pki = Awaited<ReturnType<typeof makePki>>;

export function rows(pki: Pki): Row[] {
  const good = [pki.leaf, pki.issuer];
  return [
    { name: 'a good chain', chain: good, code: '' },
    { name: 'a good chain with its root', chain: [...good, pki.root], code: '' },
    { name: 'a good chain with a stray', chain: [pki.leaf, pki.userRoot, pki.issuer], code: '' },
    { name: 'another case', chain: good, options: { host: 'HOST.Example' }, code: '' },
    { name: 'a final dot', chain: good, options: { host: 'host.example.' }, code: '' },
    { name: 'a wildcard', chain: good, options: { host: 'a.wild.example' }, code: '' },
    {
      name: 'another host',
      chain: good,
      options: { host: 'other.example' },
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
      platformCode: 0x800b010f,
    },
    { name: 'its address', chain: good, options: { host: '192.0.2.1' }, code: '' },
    {
      name: 'another address',
      chain: good,
      options: { host: '192.0.2.2' },
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    },
    {
      name: 'an expired leaf',
      chain: [pki.expired, pki.issuer],
      code: 'CERT_HAS_EXPIRED',
      platformCode: 0x800b0101,
    },
    { name: 'a leaf of the future', chain: [pki.early, pki.issuer], code: 'CERT_NOT_YET_VALID' },
    { name: 'an expired root', chain: [pki.oldLeaf], code: 'CERT_HAS_EXPIRED' },
    {
      name: 'a missing intermediate',
      chain: [pki.leaf],
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      platformCode: 0x800b010a,
    },
    {
      name: 'a missing root',
      chain: [pki.userLeaf, pki.userIssuer],
      code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      platformCode: 0x800b010a,
    },
    {
      name: 'an untrusted root that was sent',
      chain: [pki.userLeaf, pki.userIssuer, pki.userRoot],
      code: 'SELF_SIGNED_CERT_IN_CHAIN',
      platformCode: 0x800b0109,
    },
    { name: 'a self-signed leaf', chain: [pki.selfSigned], code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    {
      name: 'a leaf for clients only',
      chain: [pki.clientOnly, pki.issuer],
      code: 'INVALID_PURPOSE',
      platformCode: 0x800b0110,
    },
    {
      name: 'a client, whose name is not compared',
      chain: [pki.clientOnly, pki.issuer],
      options: { purpose: 'client-auth', host: 'somebody' },
      code: '',
    },
    {
      name: 'a server for a client',
      chain: good,
      options: { purpose: 'client-auth' },
      code: 'INVALID_PURPOSE',
    },
    { name: 'a leaf for anything', chain: [pki.anyPurpose, pki.issuer], code: '' },
    {
      name: 'a distrusted issuer',
      chain: [pki.distrustedLeaf, pki.distrusted],
      code: 'CERT_REJECTED',
    },
    {
      name: 'a distrusted issuer that is a user CA too',
      chain: [pki.distrustedLeaf, pki.distrusted],
      userCAs: [pki.root, pki.distrusted],
      code: 'CERT_REJECTED',
    },
    {
      name: 'a user CA',
      chain: [pki.userLeaf, pki.userIssuer],
      userCAs: [pki.userRoot],
      code: '',
    },
    {
      name: 'as many user CAs as in a list of public ones and more',
      chain: [pki.userLeaf, pki.userIssuer],
      userCAs: Array.from({ length: 300 }, () => pki.userRoot),
      code: '',
    },
    {
      name: 'a user CA and another host',
      chain: [pki.userLeaf, pki.userIssuer],
      userCAs: [pki.userRoot],
      options: { host: 'other.example' },
      code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    },
    {
      name: 'user CAs that help to build the chain',
      chain: [pki.userLeaf],
      userCAs: [pki.userIssuer, pki.userRoot],
      code: '',
    },
    {
      name: 'an intermediate as the only user CA',
      chain: [pki.userLeaf, pki.userIssuer],
      userCAs: [pki.userIssuer],
      code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    },
    {
      name: 'a user CA of somebody else',
      chain: [pki.leaf],
      userCAs: [pki.userRoot],
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    },
    {
      name: 'a self-signed leaf that is a user CA',
      chain: [pki.selfSigned],
      userCAs: [pki.selfSigned],
      code: '',
    },
    {
      name: 'revocation required, and nowhere to ask',
      chain: good,
      options: { revocation: 'require' },
      code: 'UNABLE_TO_GET_CRL',
    },
    {
      name: 'revocation asked for, and nowhere to ask',
      chain: good,
      options: { revocation: 'soft-fail' },
      code: '',
      revocation: 'unknown',
    },
    {
      name: 'revocation asked for, and another host',
      chain: good,
      options: { revocation: 'soft-fail', host: 'other.example' },
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    },
    {
      name: 'garbage',
      chain: [Buffer.from('garbage')],
      code: 'ERR_TRUSTSTORE_BAD_CERTIFICATE',
    },
    {
      name: 'half a certificate',
      chain: [pki.leaf.der.subarray(0, 100)],
      code: 'ERR_TRUSTSTORE_BAD_CERTIFICATE',
    },
    {
      name: 'garbage behind a good leaf',
      chain: [pki.leaf, Buffer.from('garbage'), pki.issuer],
      code: 'ERR_TRUSTSTORE_BAD_CERTIFICATE',
    },
    {
      name: 'an issuer that is no CA',
      chain: [pki.byLeaf, pki.notCa, pki.issuer],
      code: 'INVALID_CA',
    },
  ];
}
