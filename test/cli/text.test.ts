import assert from 'node:assert/strict';
import { test } from 'node:test';

import { nameList } from '../../dist/certificate/names.js';
import { redactText } from '../../dist/cli/terminal/doctor-report.js';
import {
  displayName,
  safeJson,
  safeText,
  textWidth,
  truncate,
  wrap,
} from '../../dist/cli/terminal/text.js';

test('widths are those of a terminal', () => {
  const cases: [string, number][] = [
    ['', 0],
    ['plain', 5],
    ['Főtanúsítvány', 13],
    ['証明書', 6],
    ['한국', 4],
    ['ｶﾀｶﾅ', 4],
    ['e\u0301', 1],
    ['🔒', 2],
  ];
  for (const [text, width] of cases) assert.equal(textWidth(text), width, text);
});

test('truncation never splits a character and never exceeds the width', () => {
  assert.equal(truncate('証明書', 5), '証明…');
  assert.equal(truncate('証明書', 4), '証…');
  assert.equal(truncate('証明書', 6), '証明書');
  assert.equal(truncate('e\u0301e\u0301e\u0301', 2), 'e\u0301…');
  assert.equal(truncate('abc', 0), '');
});

test('invisible characters become visible', () => {
  assert.equal(safeText('a\u001b[0mb\u009bc\u202ed\ud800'), 'a\\x1b[0mb\\x9bc\\u{202e}d\\u{d800}');
  assert.equal(safeText('Ünïcode 証明書'), 'Ünïcode 証明書');
});

test('safe JSON still means the same', () => {
  const value = { 'k\u009b': ['\u202e\u{e0001}\n\u007f', '証明書'] };
  const json = safeJson(value);
  // eslint-disable-next-line no-control-regex
  assert.doesNotMatch(json, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u{e0001}]/u);
  assert.deepEqual(JSON.parse(json), value);
});

test('a name is the common name, or else organisation and unit, or else whatever there is', () => {
  const cases: [string, string][] = [
    ['C=US\nO=Org\nCN=Root\\, One', 'Root, One'],
    ['C=US\nO=Org\nOU=Unit', 'Org, Unit'],
    ['O=Org + CN=Both', 'Both'],
    ['C=US\nST=State', 'C=US, ST=State'],
    ['', '(no name)'],
    ['CN=', 'CN='],
    ['CN=a\\0Ab', 'a\\0Ab'],
  ];
  for (const [subject, name] of cases) assert.equal(displayName(subject), name);
});

test('a report keeps paths of the system and no user’s own', () => {
  const cases = {
    '/etc/ssl/certs and /usr/lib/ssl': '/etc/ssl/certs and /usr/lib/ssl',
    '/home/me/certs/x.pem': '~/certs/x.pem',
    '/home/you/certs/x.pem, /Users/you/x': '/home/(user)/certs/x.pem, /Users/(user)/x',
    'cannot read /srv/secret-project/ca.pem: ENOENT': 'cannot read /(path): ENOENT',
    'C:\\Users\\You\\x and C:\\Windows\\y': 'C:\\Users\\(user)\\x and C:\\Windows\\y',
    'D:\\Secret Project\\ca.pem': '\\(path)',
    '\\\\server\\share\\ca.pem': '\\(path)',
    'CURRENT_USER\\ROOT': 'CURRENT_USER\\ROOT',
  };
  for (const [text, expected] of Object.entries(cases)) {
    assert.equal(redactText(text, '/home/me'), expected);
  }
});

test('a long list of names is cut short, and says so', () => {
  assert.equal(nameList('DNS:a.example, IP Address:127.0.0.1'), 'a.example, IP:127.0.0.1');
  const many = Array.from({ length: 100 }, (_, index) => `DNS:${index}.example`).join(', ');
  assert.match(nameList(many), /^0\.example, .+7\.example and 92 more$/);
});

test('what stands in backticks, which users copy, is never broken', () => {
  assert.deepEqual(wrap('run `one two three four`, then look', 12), [
    'run',
    '`one two three four`,',
    'then look',
  ]);
  assert.deepEqual(wrap('a  b ` c', 4), ['a  b', '` c']);
});
