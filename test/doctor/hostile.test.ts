/**
 * A certificate names a place for its issuer, and that place is hostile. The whole command runs with --fix: it must end
 * in time, refuse, save nothing and trust nothing.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import * as http from 'node:http';
import { describe, test } from 'node:test';

import { createCertificate } from '../helpers/pki.js';
import type { TestCertificate } from '../helpers/pki.js';
import { Bench } from './bench.js';
import { issuerAt, leafOf } from './pki-set.js';
import { identity, installServers, listen, nginx } from './servers.js';

installServers();

/** Answers requests for the issuer, with access to the PKI. */
type Answer = (response: http.ServerResponse, pki: Pki, url: string) => void;

interface Pki {
  root: TestCertificate;
  intermediate: TestCertificate;
  /** Has the name of the intermediate and another key. */
  impostor: TestCertificate;
  /** The issuer of the intermediate in an attacker's chain. */
  evil: TestCertificate;
}

function endless(response: http.ServerResponse): void {
  const chunk = Buffer.alloc(64 * 1024, 0x30);
  const more = (): void => {
    while (!response.destroyed) {
      if (!response.write(chunk)) {
        response.once('drain', more);
        return;
      }
    }
  };
  more();
}

function drip(response: http.ServerResponse): void {
  const timer = setInterval(() => response.write('0'), 100);
  response.on('close', () => {
    clearInterval(timer);
  });
}

const cases: { name: string; outcome: string; answer: Answer; args?: string[] }[] = [
  {
    name: 'a body of 10 GB',
    outcome: 'too-large',
    answer: (response) => {
      response.writeHead(200, { 'Content-Length': String(10 * 1024 ** 3) });
      endless(response);
    },
  },
  { name: 'a body without end', outcome: 'too-large', answer: endless },
  { name: 'a slow drip', outcome: 'timeout', answer: drip },
  {
    name: 'no answer',
    outcome: 'timeout',
    answer: () => undefined,
  },
  {
    name: 'a loop of redirects',
    outcome: 'redirect',
    answer: (response, _pki, url) => response.writeHead(302, { Location: url }).end(),
  },
  {
    name: 'a redirect to https',
    outcome: 'redirect',
    answer: (response) => response.writeHead(302, { Location: 'https://127.0.0.1/' }).end(),
  },
  {
    name: 'a redirect to a file',
    outcome: 'redirect',
    answer: (response) => response.writeHead(302, { Location: 'file:///etc/passwd' }).end(),
  },
  {
    name: 'something that is no certificate',
    outcome: 'no-certificate',
    answer: (response) => response.end('<html>Sign in to the Wi-Fi</html>'),
  },
  {
    name: 'a certificate of the right name and another key',
    outcome: 'no-match',
    answer: (response, { impostor }) => response.end(impostor.der),
  },
  {
    name: 'a hundred certificates of others',
    outcome: 'no-match',
    answer: (response, { evil }) => response.end(evil.pem.repeat(100)),
  },
  {
    name: 'the root of the chain, which nobody trusts',
    outcome: 'used',
    answer: (response, { intermediate, evil }, url) =>
      response.end(url.endsWith('/root') ? evil.der : intermediate.der),
  },
  {
    name: 'a private address, not allowed',
    outcome: 'private-address',
    answer: (response, { intermediate }) => response.end(intermediate.der),
    args: [],
  },
];

/** The chain leads to an unknown root in the one case that needs it, and to a trusted one otherwise. */
async function makePki(
  web: number,
  leadsToEvil: boolean,
): Promise<Pki & { leaf: TestCertificate }> {
  const root = await createCertificate({ commonName: 'Good Root' });
  const evil = await createCertificate({ commonName: 'Evil Root' });
  const intermediate = await createCertificate({
    commonName: 'Issuing CA',
    issuer: leadsToEvil ? evil : root,
    extensions: [issuerAt(`http://127.0.0.1:${web}/root`)],
  });
  // Without identifiers only the signature distinguishes it from the real one.
  const impostor = await createCertificate({
    commonName: 'Issuing CA',
    issuer: root,
    keyIdentifiers: false,
  });
  const leaf = await leafOf(intermediate, {
    extensions: [issuerAt(`http://127.0.0.1:${web}/issuer`)],
  });
  return { root, evil, intermediate, impostor, leaf };
}

describe('hostile places', { concurrency: 4 }, () => {
  for (const { name, outcome, answer, args = ['--allow-private'] } of cases) {
    test(`${name}: ${outcome}, and nothing is saved or trusted`, async () => {
      const bench = new Bench();
      try {
        const made: { pki?: Pki } = {};
        const web = await listen(
          bench,
          http.createServer((request, response) => {
            const url = `http://127.0.0.1:${web}${request.url ?? ''}`;
            if (made.pki) answer(response, made.pki, url);
          }),
        );
        const pki = await makePki(web, name.startsWith('the root'));
        made.pki = pki;
        bench.system(pki.root.pem);
        const { port } = await nginx(bench, identity(pki.leaf));
        const started = Date.now();
        const { status, explanation, stderr } = await bench.doctor(
          ...([`localhost:${port}`, '--fix', ...args] as [string, ...string[]]),
        );
        // It takes seconds on an idle machine; the point is that it ends.
        assert.ok(Date.now() - started < 60_000);
        assert.equal(explanation.fetches[0]?.outcome, outcome);
        assert.notEqual(status, 0);
        assert.equal(explanation.ok, false);
        assert.ok(explanation.diagnoses.every(({ fix }) => fix === undefined));
        assert.match(stderr, /nothing here can be mended/);
        assert.equal(existsSync(bench.configHome), false);
        assert.notEqual(await bench.connect({ port, inject: true }), 'ok');
      } finally {
        await bench.end();
      }
    });
  }
});
