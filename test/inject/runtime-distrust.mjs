/**
 * Checks what Bun and Deno do with what the machine distrusts, client by client: the tables in lib/inject/README.md are these.
 */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { createCertificate, leafOf } = require('../../dist-test/helpers/pki.js');
const { p11KitObject } = require('../../dist-test/helpers/roots.js');

/** These are asked about every connection and see everything the server has sent. */
const wholeChain = [
  ...['https', 'https with an agent', 'tls', 'http2'],
  ...['tls, written at once', 'http2, asked at once', 'tls, an own check', 'tls, every root'],
  ...['tls, a context', 'tls, a context with every root'],
  ...['createSecureContext()', 'createSecureContext(), connect imported before'],
];

/** These name their own trust and keep it. */
const own = ['https, an own list', 'https, no verification', 'tls, an own context'];

/** These accept any name. */
const nameless = [
  ...['https, no verification', 'fetch, no verification'],
  ...['tls, an own check', 'fetch, an own check'],
];

const native = ['fetch', 'fetch of a Request', 'WebSocket', 'WebSocket with protocols'];

const clients = {
  bun: {
    wholeChain: [...wholeChain, "npm's undici request"],
    // Bun shows them only the server's own certificate.
    leafOnly: [
      ...native,
      ...['fetch, every root', 'fetch, an own check', 'ws imported before', 'ws'],
      ...['ws with an agent', 'node-fetch', 'undici fetch', 'undici WebSocket'],
    ],
    unasked: ['Bun.connect', ...own, 'fetch, an own list', 'fetch, no verification'],
  },
  deno: {
    wholeChain: [
      ...wholeChain,
      ...['ws', 'node-fetch', 'undici fetch', 'undici request', 'undici WebSocket'],
    ],
    leafOnly: [],
    unasked: [...native, 'Deno.connectTls', 'Deno.startTls', ...own],
  },
};

/** What is distrusted, what a server sends, and which clients then refuse it. */
const cases = {
  leaf: { distrusted: 'leaf', sends: ['leaf', 'I'], refusedBy: ['wholeChain', 'leafOnly'] },
  intermediate: { distrusted: 'I', sends: ['leaf', 'I'], refusedBy: ['wholeChain'] },
  renewed: { distrusted: 'I', sends: ['leaf', 'I2'], refusedBy: [] },
  'renewed, the old one sent first': {
    distrusted: 'I',
    sends: ['leaf', 'I', 'I2'],
    refusedBy: [],
  },
  'behind one that comes twice': {
    distrusted: 'I',
    sends: ['leafJ', 'J', 'J', 'I'],
    refusedBy: ['wholeChain'],
  },
  'twin of a root': { distrusted: 'Rx', sends: ['leafR', 'Rx'], refusedBy: [] },
  // Our check replaces the usual one.
  'another name': { distrusted: 'leafR', sends: ['elsewhere', 'I'], takenBy: nameless },
  rollover: { distrusted: 'Rn', sends: ['leafN', 'Rn'], refusedBy: ['wholeChain'] },
  // All leaves begin later.
  'a dated root': { dated: 'R', sends: ['leaf', 'I'], refusedBy: ['wholeChain'] },
  'a dated root, another path': { dated: 'R', sends: ['leafR', 'Rx'], refusedBy: [] },
};

/** `I2` is `I` renewed, `Rx` is `R` signed by `X`, and `Rn` the new key of `R`, signed with the old one. */
async function createAll() {
  const R = await createCertificate({ commonName: 'Runtimes R' });
  const X = await createCertificate({ commonName: 'Runtimes X' });
  const I = await createCertificate({ commonName: 'Runtimes I', issuer: R });
  const I2 = await createCertificate({ commonName: 'Runtimes I', issuer: R, keys: I.keys });
  const J = await createCertificate({ commonName: 'Runtimes J', issuer: I });
  const Rx = await createCertificate({ commonName: 'Runtimes R', issuer: X, keys: R.keys });
  const Rn = await createCertificate({ commonName: 'Runtimes R', issuer: R });
  const leaves = { leaf: I, leafR: R, leafN: Rn, leafJ: J };
  const made = Object.entries(leaves).map(async ([name, issuer]) => [name, await leafOf(issuer)]);
  const elsewhere = await leafOf(I, { dns: ['elsewhere.example'], ip: [] });
  return {
    ...{ R, X, I, I2, J, Rx, Rn, elsewhere },
    ...Object.fromEntries(await Promise.all(made)),
  };
}

/**
 * @param name - of the runtime
 * @param start - starts a web server
 * @param write - writes a file of the machine, and tells its path
 */
export async function prepareDistrust(name, start, write) {
  const all = await createAll();
  write('etc/ssl/certs/ca-certificates.crt', all.R.pem + all.X.pem);
  const conf = write('etc/ca-certificates.conf', '');
  const given = {};
  const servers = {};
  const dates = write('usr/share/pki/ca-trust-source/dated.p11-kit', '');
  for (const [label, { distrusted, dated, sends }] of Object.entries(cases)) {
    const pem = sends.map((certificate) => all[certificate].pem).join('');
    servers[label] = await start({ pem, keyPem: all[sends[0]].keyPem });
    const { url } = servers[label];
    if (dated) {
      const attributes = { trusted: 'true', 'nss-server-distrust-after': '"190630235959Z"' };
      given[label] = { url, file: dates, content: p11KitObject(attributes, all[dated].pem) };
      continue;
    }
    write(`usr/share/ca-certificates/${distrusted}.crt`, all[distrusted].pem);
    given[label] = { url, file: conf, content: `!${distrusted}.crt\n` };
  }
  const { wholeChain: whole, leafOnly, unasked } = clients[name];
  return {
    servers,
    input: {
      ways: [...whole, ...leafOnly, ...unasked],
      ...{ ca: all.R.pem, files: [conf, dates], cases: given },
    },
  };
}

/** @param outcomes - of two lists of clients, those that connect and those that do not */
export function expectedDistrust(name, outcomes) {
  const groups = clients[name];
  const every = Object.values(groups).flat();
  const expected = Object.entries(cases).map(([label, { refusedBy = [], takenBy = every }]) => {
    const refusing = refusedBy.flatMap((group) => groups[group]);
    const all = (refused) => {
      const takes = (client) => takenBy.includes(client) && !refused.includes(client);
      return outcomes(
        every.filter(takes),
        every.filter((client) => !takes(client)),
      );
    };
    const distrusting = all(refusing);
    return [label, { before: all([]), later: distrusting, first: distrusting }];
  });
  return Object.fromEntries(expected);
}

const pathOf = (...parts) => parts.map((part) => `/${encodeURIComponent(part)}`).join('');

/** A client that refused a server must not have sent it a request. */
export function checkNothingSent(servers, results) {
  for (const [label, stages] of Object.entries(results)) {
    const { seen } = servers[label];
    const [accepted] = stages.before.ok.filter((client) => client.startsWith('https'));
    assert(seen.includes(pathOf(accepted, `${label}-before`)), seen.join('\n'));
    for (const [stage, { refused = [] }] of Object.entries(stages)) {
      for (const client of refused) {
        const path = pathOf(client, `${label}-${stage}`);
        assert(!seen.includes(path), `${path} was asked for`);
      }
    }
  }
}
