import assert from 'node:assert/strict';
import * as net from 'node:net';
import { test } from 'node:test';
import * as tls from 'node:tls';

import { explain } from '../../dist/index.js';
import type { StartTlsProtocol } from '../../dist/index.js';
import { createCertificate } from '../helpers/pki.js';
import { leafOf, listen } from './loopback.js';

/** What a server says first, and what it answers to each command. */
interface Script {
  greeting?: string;
  answers: [request: RegExp, answer: string][];
  /** TLS begins after this answer. */
  last: string;
}

/** A pattern for bytes that no literal can hold. */
function exactly(text: string): RegExp {
  return new RegExp(`^${text.replace(/[.+?^${}()|[\]\\/*]/g, '\\$&')}$`);
}

const scripts: Record<StartTlsProtocol, Script> = {
  smtp: {
    greeting: '220-mail.test\r\n220 ESMTP\r\n',
    answers: [
      [/^EHLO localhost\r\n$/, '250-mail.test\r\n250-PIPELINING\r\n250-STARTTLS\r\n250 HELP\r\n'],
      [/^STARTTLS\r\n$/, '220 go ahead\r\n'],
    ],
    last: '220 go ahead\r\n',
  },
  imap: {
    greeting: '* OK ready\r\n',
    answers: [[/^a1 STARTTLS\r\n$/, '* CAPABILITY IMAP4rev1\r\na1 OK begin\r\n']],
    last: '* CAPABILITY IMAP4rev1\r\na1 OK begin\r\n',
  },
  pop3: {
    greeting: '+OK ready\r\n',
    answers: [[/^STLS\r\n$/, '+OK begin\r\n']],
    last: '+OK begin\r\n',
  },
  postgres: { answers: [[exactly('\0\0\0\x08\x04\xd2\x16\x2f'), 'S']], last: 'S' },
  ldap: {
    answers: [[exactly('0\x1d\x02\x01\x01w\x18\x80\x161.3.6.1.4.1.1466.20037'), ldapResponse(0)]],
    last: ldapResponse(0),
  },
};

function ldapResponse(code: number): string {
  return `\x30\x0c\x02\x01\x01\x78\x07\x0a\x01${String.fromCharCode(code)}\x04\x00\x04\x00`;
}

/** Sends byte by byte, as a network may deliver it. */
function drip(socket: net.Socket, text: string): void {
  for (const character of text) socket.write(character, 'latin1');
}

function serverFor(
  { greeting = '', answers, last }: Script,
  context: tls.SecureContext,
): net.Server {
  return net.createServer({ noDelay: true }, (socket) => {
    drip(socket, greeting);
    let request = '';
    const read = (chunk: Buffer): void => {
      request += chunk.toString('latin1');
      const [, answer] = answers.find(([pattern]) => pattern.test(request)) ?? [];
      if (answer === undefined) return;
      request = '';
      drip(socket, answer);
      if (answer !== last) return;
      socket.removeListener('data', read);
      const secured = new tls.TLSSocket(socket, { isServer: true, secureContext: context });
      secured.on('error', () => undefined);
      secured.resume();
    };
    socket.on('data', read);
  });
}

const leaf = createCertificate({ commonName: 'STARTTLS Root' }).then(async (root) => ({
  root,
  leaf: await leafOf(root),
}));

for (const protocol of Object.keys(scripts) as StartTlsProtocol[]) {
  test(`${protocol} is brought to TLS`, async (t) => {
    const own = await leaf;
    const context = tls.createSecureContext({ key: own.leaf.keyPem, cert: own.leaf.pem });
    const port = await listen(t, serverFor(scripts[protocol], context));
    const { diagnoses, chain, target } = await explain(`localhost:${port}`, {
      startTls: protocol,
      ca: own.root.pem,
      timeoutMs: 60_000,
    });
    assert.equal(diagnoses[0]?.name, 'ok', JSON.stringify(diagnoses));
    assert.equal(chain[0]?.pem, own.leaf.pem);
    assert.equal(target.startTls, protocol);
  });
}

test('a server that does not offer TLS, or speaks another protocol, is told so', async (t) => {
  const refusals: [StartTlsProtocol, string, [RegExp, string][], RegExp][] = [
    ['smtp', '220 hi\r\n', [[/EHLO/, '250-x\r\n250 HELP\r\n']], /does not offer STARTTLS/],
    ['smtp', '554 go away\r\n', [], /no SMTP greeting: 554 go away/],
    ['smtp', 'SSH-2.0-OpenSSH\r\n', [], /no SMTP greeting/],
    ['imap', '* OK hi\r\n', [[/STARTTLS/, 'a1 BAD what\r\n']], /refused: a1 BAD what/],
    ['pop3', '+OK hi\r\n', [[/STLS/, '-ERR no\r\n']], /STLS is refused/],
    ['postgres', '', [[/./s, 'N']], /switched off/],
    ['postgres', '', [[/./s, 'HTTP/1.1 400 Bad Request\r\n\r\n']], /no PostgreSQL server/],
    ['ldap', '', [[/./s, ldapResponse(2)]], /result code 2/],
    ['ldap', '', [[/./s, 'HTTP/1.1 400 Bad Request\r\n\r\n']], /no LDAP server/],
  ];
  const context = tls.createSecureContext();
  for (const [startTls, greeting, answers, expected] of refusals) {
    const port = await listen(t, serverFor({ greeting, answers, last: 'never' }, context));
    const { diagnoses } = await explain(`localhost:${port}`, { startTls, timeoutMs: 60_000 });
    assert.equal(diagnoses[0]?.name, 'no-starttls', expected.source);
    assert.match(diagnoses[0].summary, expected);
  }
});

test('plain text behind the agreement is not taken for TLS', async (t) => {
  const port = await listen(
    t,
    net.createServer((socket) => {
      socket.write('+OK ready\r\n');
      socket.on('data', () => socket.write('+OK begin\r\n+OK injected\r\n'));
    }),
  );
  const { diagnoses } = await explain(`localhost:${port}`, { startTls: 'pop3', timeoutMs: 60_000 });
  assert.equal(diagnoses[0]?.name, 'no-starttls');
  assert.match(diagnoses[0].summary, /plain text after/);
});

test('a server that talks without end, or not at all, is given up', async (t) => {
  const endless = await listen(
    t,
    net.createServer((socket) => {
      const timer = setInterval(() => socket.write('220-'.repeat(5000)), 1);
      socket.on('close', () => {
        clearInterval(timer);
      });
    }),
  );
  const mute = await listen(t, net.createServer());
  // Only the silent one should take its time; a busy machine must not delay the other.
  const names = await Promise.all(
    [
      { port: endless, timeoutMs: 60_000 },
      { port: mute, timeoutMs: 700 },
    ].map(async ({ port, timeoutMs }) => {
      const { diagnoses } = await explain(`localhost:${port}`, { startTls: 'smtp', timeoutMs });
      return diagnoses[0]?.name;
    }),
  );
  assert.deepEqual(names, ['no-starttls', 'timeout']);
});
