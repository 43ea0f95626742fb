/**
 * What may be distrusted, and what a server may then send: a table of worlds and their rows. Each world has
 * certificates and names of its own, so that one store may hold all of them.
 */
import { createCertificate, toPem } from '../../helpers/pki.js';
import type { TestCertificate } from '../../helpers/pki.js';
import { reencoded } from '../../helpers/reencoded.js';
import { createLeaf } from '../harness.js';

/**
 * `R` and `X` are roots, and `Rx` is R's name and key signed by X. `Rn` and `Rn2` have R's name and another key, signed
 * by R's: a rollover. `I` and `I2` are one intermediate under R, `Ix` is the same under X. `leaf` and `leafRenewed` are
 * under I's key, `leafR` is under R's and `leafN` under Rn's. `leafTwin` and `ITwin` are leaf and I with their
 * signatures encoded differently.
 */
export type Authority = 'R' | 'X' | 'Rx' | 'Rn' | 'Rn2' | 'I' | 'I2' | 'Ix' | 'ITwin';
export type Leaf = 'leaf' | 'leafRenewed' | 'leafTwin' | 'leafR' | 'leafN';
export type Name = Authority | Leaf;

export type Certificates = Record<Name, TestCertificate>;

/** `rejected`: by distrust alone. `refused`: by OpenSSL itself, with what remains of the store. */
export type Outcome = 'accepted' | 'rejected' | 'refused';

export interface World {
  name: string;
  distrusted: Name;
  /** What else the store holds. */
  store: readonly Name[];
  /** The ways in which the server sends its chain, leaf first. */
  rows: Readonly<Record<string, readonly [outcome: Outcome, leaf: Leaf, ...sent: Name[]]>>;
}

export const worlds: readonly World[] = [
  {
    name: 'leaf',
    distrusted: 'leaf',
    store: ['R', 'X'],
    rows: {
      sent: ['rejected', 'leaf', 'I'],
      'sent, its issuer is not': ['refused', 'leaf'],
      'sent in another encoding': ['rejected', 'leafTwin', 'I'],
      'sent with both twins': ['rejected', 'leaf', 'leafTwin', 'leafRenewed', 'I'],
      'sent with both twins, the encoded one first': ['rejected', 'leafTwin', 'leaf', 'I'],
      'not sent, but a renewed one with its key': ['accepted', 'leafRenewed', 'I'],
      'sent beside the renewed one': ['accepted', 'leafRenewed', 'leaf', 'I'],
    },
  },
  {
    name: 'intermediate',
    distrusted: 'I',
    store: ['R', 'X'],
    rows: {
      sent: ['rejected', 'leaf', 'I'],
      'sent in another encoding': ['rejected', 'leaf', 'ITwin'],
      'not sent': ['refused', 'leaf'],
      'not sent, but renewed': ['accepted', 'leaf', 'I2'],
      'sent with both twins': ['accepted', 'leaf', 'I', 'I2'],
      'sent with both twins, the renewed one first': ['accepted', 'leaf', 'I2', 'I'],
      'sent in both encodings': ['rejected', 'leaf', 'ITwin', 'I'],
      'sent beside one under another root': ['accepted', 'leaf', 'I', 'Ix'],
      'sent, and the leaf is not of it': ['accepted', 'leafR', 'I'],
    },
  },
  {
    name: 'intermediate, renewed in the store',
    distrusted: 'I',
    store: ['R', 'X', 'I2'],
    rows: {
      sent: ['accepted', 'leaf', 'I'],
      'not sent': ['accepted', 'leaf'],
      'sent with both twins': ['accepted', 'leaf', 'I', 'I2'],
    },
  },
  {
    name: 'renewed intermediate',
    distrusted: 'I2',
    store: ['R', 'X'],
    rows: {
      sent: ['rejected', 'leaf', 'I2'],
      'not sent': ['accepted', 'leaf', 'I'],
      'sent with both twins': ['accepted', 'leaf', 'I2', 'I'],
    },
  },
  {
    name: 'root',
    distrusted: 'R',
    store: ['X'],
    rows: {
      sent: ['refused', 'leafR', 'R'],
      'not sent': ['refused', 'leafR'],
      'not sent, but its cross-signed twin': ['accepted', 'leafR', 'Rx'],
      'not sent, but its twin above an intermediate': ['accepted', 'leaf', 'I', 'Rx'],
      'sent with both twins': ['accepted', 'leafR', 'Rx', 'R'],
      'sent before its twin': ['refused', 'leafR', 'R', 'Rx'],
      'not sent, under an intermediate': ['refused', 'leaf', 'I'],
    },
  },
  {
    name: 'cross-signed twin',
    distrusted: 'Rx',
    store: ['R', 'X'],
    rows: {
      sent: ['accepted', 'leafR', 'Rx'],
      'not sent': ['accepted', 'leafR'],
      'sent with both twins': ['accepted', 'leafR', 'Rx', 'R'],
      'sent above an intermediate': ['accepted', 'leaf', 'I', 'Rx'],
    },
  },
  {
    name: 'cross-signed twin, without its root',
    distrusted: 'Rx',
    store: ['X'],
    rows: {
      sent: ['rejected', 'leafR', 'Rx'],
      'not sent': ['refused', 'leafR'],
      'sent with both twins': ['rejected', 'leafR', 'Rx', 'R'],
      'sent above an intermediate': ['rejected', 'leaf', 'I', 'Rx'],
      'sent, with an intermediate under another root': ['accepted', 'leaf', 'Ix', 'Rx'],
    },
  },
  {
    name: 'rollover',
    distrusted: 'Rn',
    store: ['R', 'X'],
    rows: {
      sent: ['rejected', 'leafN', 'Rn'],
      'not sent': ['refused', 'leafN'],
      'not sent, but renewed': ['accepted', 'leafN', 'Rn2'],
      'sent with both twins': ['accepted', 'leafN', 'Rn', 'Rn2'],
      'sent, and the leaf is of the old key': ['accepted', 'leafR', 'Rn'],
    },
  },
];

function inOtherBytes(certificate: TestCertificate): TestCertificate {
  const der = reencoded(certificate.der);
  return { ...certificate, der, pem: toPem(der) };
}

/** Makes eight times as many as each world needs, because they take only a millisecond. */
export async function createCertificates(world: World): Promise<Certificates> {
  const name = (what: string): string => `${what} of the world “${world.name}”`;
  const R = await createCertificate({ commonName: name('R') });
  const X = await createCertificate({ commonName: name('X') });
  const Rx = await createCertificate({ commonName: name('R'), keys: R.keys, issuer: X });
  const Rn = await createCertificate({ commonName: name('R'), issuer: R });
  const Rn2 = await createCertificate({ commonName: name('R'), keys: Rn.keys, issuer: R });
  const I = await createCertificate({ commonName: name('I'), issuer: R });
  const { keys } = I;
  const I2 = await createCertificate({ commonName: name('I'), keys, issuer: R });
  const Ix = await createCertificate({ commonName: name('I'), keys, issuer: X });
  const leaf = await createLeaf(I);
  const leafRenewed = await createLeaf(I, { keys: leaf.keys });
  return {
    ...{ R, X, Rx, Rn, Rn2, I, I2, Ix, leaf, leafRenewed },
    ITwin: inOtherBytes(I),
    leafTwin: inOtherBytes(leaf),
    leafR: await createLeaf(R),
    leafN: await createLeaf(Rn),
  };
}

export interface Row {
  /** The name of the world and of the way the chain is sent. */
  name: string;
  outcome: Outcome;
  leaf: TestCertificate;
  sent: TestCertificate[];
}

/** All worlds together. */
export interface Table {
  /** The certificates of the table that the set in force holds. */
  trusted: TestCertificate[];
  distrusted: TestCertificate[];
  rows: Row[];
}

const issuers = { leaf: 'I', leafRenewed: 'I', leafTwin: 'I', leafR: 'R', leafN: 'Rn' } as const;

export async function createTable(): Promise<Table> {
  const table: Table = { trusted: [], distrusted: [], rows: [] };
  for (const world of worlds) {
    const certificates = await createCertificates(world);
    table.trusted.push(...world.store.map((name) => certificates[name]));
    table.distrusted.push(certificates[world.distrusted]);
    // Each server has its own leaf, because leaves are judged by themselves, unless the row is about that leaf.
    const leafFor = (name: Leaf): Promise<TestCertificate> =>
      world.distrusted === 'leaf'
        ? Promise.resolve(certificates[name])
        : createLeaf(certificates[issuers[name]]);
    for (const [way, [outcome, leaf, ...sent]] of Object.entries(world.rows)) {
      table.rows.push({
        name: `${world.name}: ${way}`,
        outcome,
        leaf: await leafFor(leaf),
        sent: sent.map((name) => certificates[name]),
      });
    }
  }
  return table;
}
