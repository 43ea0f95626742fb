import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseTarget } from '../../dist/explain/target.js';
import { ErrorCodes, explain } from '../../dist/index.js';
import type { TruststoreError } from '../../dist/index.js';
import {
  bypassesProxy,
  describeProxy,
  parseProxy,
  proxyFromEnvironment,
} from '../../dist/network/proxy.js';

test('a URL may come as an object', async () => {
  const { target, diagnoses } = await explain(new URL('https://user:pw@localhost:1/'));
  assert.deepEqual([target.host, target.port], ['localhost', 1]);
  assert.equal(diagnoses[0]?.name, 'refused');
});

test('targets are what people type', () => {
  const cases: [string, string][] = [
    ['example.com', 'example.com 443'],
    ['example.com:8443', 'example.com 8443'],
    ['https://example.com/path?q#f', 'example.com 443'],
    ['https://user:pw@example.com:444/', 'example.com 444'],
    ['HTTPS://EXAMPLE.com', 'example.com 443'],
    ['[::1]:8443', '::1 8443'],
    ['::1', '::1 443'],
    ['https://[::1]/', '::1 443'],
    ['127.0.0.1:5000', '127.0.0.1 5000'],
    ['bücher.example', 'xn--bcher-kva.example 443'],
    ['mail.example:587', 'mail.example 587 smtp'],
    ['smtp://mail.example', 'mail.example 25 smtp'],
    ['imaps://mail.example', 'mail.example 993'],
    ['imap://mail.example', 'mail.example 143 imap'],
    ['pop3://mail.example', 'mail.example 110 pop3'],
    ['postgres://me:pw@db.example/name', 'db.example 5432 postgres'],
    ['postgresql://db.example:6000', 'db.example 6000 postgres'],
    ['postgres://db.example:443/', 'db.example 443 postgres'],
    ['ldap://directory.example', 'directory.example 389 ldap'],
  ];
  for (const [text, expected] of cases) {
    const { host, port, startTls } = parseTarget(text, undefined);
    assert.equal([host, port, startTls].filter(Boolean).join(' '), expected, text);
  }
  assert.equal(parseTarget('db.example:5432', 'none').startTls, undefined);
  assert.equal(parseTarget('db.example:9999', 'postgres').startTls, 'postgres');
});

test('a target without TLS is refused with what to type instead, and without its password', () => {
  const cases: [string, string][] = [
    ['http://me:secret@example.com/path?token=x', 'https://example.com'],
    ['http://example.com:80', 'https://example.com'],
    ['HTTP://example.com:8080/', 'HTTPs://example.com:8080'],
    ['ws://[::1]:81', 'wss://[::1]:81'],
  ];
  for (const [text, instead] of cases) {
    assert.throws(
      () => parseTarget(text, undefined),
      ({ code, message, remedy }: TruststoreError) => {
        assert.equal(code, ErrorCodes.INVALID_ARGUMENT);
        assert.match(message, /^(?:http|ws):\/\/ has no TLS/);
        assert.equal(
          remedy,
          `If the server has TLS as well: \`npx os-truststore doctor ${instead.toLowerCase()}\`.`,
        );
        return true;
      },
    );
  }
});

test('an invalid target is refused, and its password is not repeated', () => {
  for (const text of [
    '',
    ' ',
    'a b',
    'host:',
    'host:0',
    'host:70000',
    'ftp://me:secret@host',
    'https://',
    '://',
    7,
  ]) {
    assert.throws(
      () => parseTarget(text, undefined),
      (error: NodeJS.ErrnoException) => {
        assert.equal(error.code, 'ERR_TRUSTSTORE_INVALID_ARGUMENT', String(text));
        assert.doesNotMatch(error.message, /secret/);
        return true;
      },
    );
  }
});

test('NO_PROXY knows names, suffixes, ports, addresses and blocks', () => {
  const cases: [string, string, number, boolean][] = [
    ['example.com', 'example.com', 443, true],
    ['example.com', 'www.example.com', 443, true],
    ['.example.com', 'www.example.com', 443, true],
    ['*.example.com', 'www.example.com', 443, true],
    ['example.com', 'notexample.com', 443, false],
    ['EXAMPLE.com.', 'example.com.', 443, false],
    ['a.test, b.test', 'b.test', 443, true],
    ['example.com:8443', 'example.com', 8443, true],
    ['example.com:8443', 'example.com', 443, false],
    ['*', 'anything', 1, true],
    ['10.0.0.0/8', '10.1.2.3', 443, true],
    ['10.0.0.0/8', '11.1.2.3', 443, false],
    ['127.0.0.1', '127.0.0.1', 443, true],
    ['::1', '::1', 443, true],
    ['[::1]:443', '::1', 443, true],
    ['fd00::1:443', 'fd00::1:443', 80, true],
    ['FD00:0::1', 'fd00::1', 443, true],
    ['fd00::2', 'fd00::1', 443, false],
    ['fd00::/8', '[fd12::1]', 80, true],
    ['fd00::/8', 'fd12::1', 443, true],
    ['10.0.0.0/99', '10.0.0.1', 443, false],
    ['', 'example.com', 443, false],
  ];
  for (const [list, host, port, expected] of cases) {
    assert.equal(bypassesProxy(host, port, list), expected, `${list} for ${host}:${port}`);
  }
});

test('proxies are taken from the environment as curl does, and shown without credentials', () => {
  const from = (
    env: Record<string, string>,
    scheme: 'http' | 'https' = 'https',
  ): string | undefined => {
    const proxy = proxyFromEnvironment(scheme, 'host.test', 443, env);
    return proxy && describeProxy(proxy);
  };
  assert.equal(from({ HTTPS_PROXY: 'http://me:pw@proxy.test:3128' }), 'http://proxy.test:3128');
  assert.equal(from({ HTTPS_PROXY: 'http://a.test', https_proxy: 'b.test:1' }), 'http://b.test:1');
  assert.equal(from({ ALL_PROXY: 'https://proxy.test' }), 'https://proxy.test:443');
  assert.equal(from({ HTTPS_PROXY: '' }), undefined);
  assert.equal(from({ HTTPS_PROXY: 'http://a.test', NO_PROXY: 'host.test' }), undefined);
  assert.equal(from({ HTTP_PROXY: 'http://a.test' }, 'http'), undefined);
  assert.equal(from({ http_proxy: 'http://a.test' }, 'http'), 'http://a.test:80');
  assert.deepEqual(parseProxy('http://me%40work:p%3Aw@proxy.test', 'x').credentials, {
    user: 'me@work',
    password: 'p:w',
  });
});
