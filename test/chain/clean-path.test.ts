import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { ListedCertificate } from '../../dist/addon/native-binding.js';
import { findCleanPath } from '../../dist/chain/peers/clean-path.js';
import { fakeFacts } from '../helpers/fake-binding.js';

/**
 * Writes a certificate in words: `I2 I/i <R/r` has the name I and the key i, and R with the key r issued it. Marks
 * follow `=`: `!` is distrusted, `-` is no CA, `x` has expired.
 */
interface Certificate extends ListedCertificate {
  key_: string;
  signer: string;
  distrusted: boolean;
}

function read(text: string): Certificate {
  const [, id = '', name = '', key_ = '', issuer = '', signer = '', mark = ''] =
    /^(\S+) (\w+)\/(\w+) <(\w+)\/(\w+)(?: ([!x-]))?$/.exec(text) ?? [];
  assert.notEqual(id, '', text);
  const looksSelfSigned = name === issuer && key_ === signer;
  const facts = fakeFacts(id, {
    subjectName: name,
    issuerName: issuer,
    looksSelfSigned,
    role: mark === '-' ? 'leaf' : looksSelfSigned ? 'anchor' : 'intermediate',
    ...(mark === 'x' ? { skipped: 'expired' as const } : {}),
  });
  return { ...facts, key_, signer, distrusted: mark === '!' };
}

const nameOf = ({ pem }: ListedCertificate): string =>
  Buffer.from(pem.split('\n')[1] ?? '', 'base64').toString();

function find(
  sent: string[],
  set: string[],
  mayStand: (issuers: readonly ListedCertificate[]) => boolean = () => true,
): string | undefined {
  const [leaf, ...rest] = sent.map(read);
  assert.ok(leaf);
  const trusted = set.map(read);
  const path = findCleanPath(
    { leaf, sent: rest },
    {
      trusted: (name) => trusted.filter(({ subjectName }) => subjectName === name),
      endsChain: ({ looksSelfSigned }) => looksSelfSigned,
      isDistrusted: (certificate) => (certificate as Certificate).distrusted,
      isSignedBy: (certificate, issuer) =>
        (certificate as Certificate).signer === (issuer as Certificate).key_,
      mayStand,
    },
  );
  return path?.map(nameOf).join(' ');
}

const R = 'R R/r <R/r';
const X = 'X X/x <X/x';
const leaf = 'leaf host/l <I/i';

/** Columns: what the server sends, the leaf first; what is trusted; the path, or undefined. */
const table: [string, string[], string[], string | undefined][] = [
  ['nothing is distrusted', [leaf, 'I I/i <R/r'], [R], 'leaf I R'],
  ['the leaf is distrusted', [`${leaf} !`, 'I I/i <R/r'], [R], undefined],
  ['the only intermediate is distrusted', [leaf, 'I I/i <R/r !'], [R], undefined],
  ['a renewed one is sent instead', [leaf, 'I2 I/i <R/r'], [R], 'leaf I2 R'],
  ['it is sent as well, second', [leaf, 'I I/i <R/r !', 'I2 I/i <R/r'], [R], 'leaf I2 R'],
  ['it is sent as well, first', [leaf, 'I2 I/i <R/r', 'I I/i <R/r !'], [R], 'leaf I2 R'],
  ['it is trusted, and not sent', [leaf, 'I I/i <R/r !'], [R, 'I2 I/i <R/r'], 'leaf I2 R'],
  ['the twin of a trusted root is distrusted', ['l h/l <R/r', 'Rx R/r <X/x !'], [R, X], 'l R'],
  ['a root is trusted by its twin alone', ['l h/l <R/r', 'Rx R/r <X/x !'], [X], undefined],
  ['a good twin leads to another root', ['l h/l <R/r', 'Rx R/r <X/x'], [X], 'l Rx X'],
  ['a rollover CA is distrusted', ['l h/l <R/n', 'Rn R/n <R/r !'], [R], undefined],
  ['a rollover CA is not', ['l h/l <R/n', 'Rn R/n <R/r'], [R], 'l Rn R'],
  [
    'a certificate of another key has the name',
    [leaf, 'F I/f <R/r', 'I I/i <R/r !'],
    [R],
    undefined,
  ],
  ['it stands before a good one', [leaf, 'F I/f <R/r', 'I2 I/i <R/r'], [R], 'leaf I2 R'],
  ['the good twin has expired', [leaf, 'I I/i <R/r !', 'I2 I/i <R/r x'], [R], undefined],
  ['the good twin is no CA', [leaf, 'I I/i <R/r !', 'I2 I/i <R/r -'], [R], undefined],
  [
    'the good twin ends at a stranger',
    [leaf, 'I I/i <R/r !', 'I2 I/i <A/a', 'A A/a <A/a'],
    [R],
    undefined,
  ],
  ['a self-signed peer is trusted as itself', ['peer p/p <p/p -'], ['peer p/p <p/p -'], 'peer'],
  [
    'two send each other round in circles',
    ['l h/l <A/a', 'A A/a <B/b', 'B B/b <A/a'],
    [R],
    undefined,
  ],
  [
    'a longer way avoids it',
    [leaf, 'I I/i <R/r !', 'I2 I/i <M/m', 'M M/m <X/x'],
    [R, X],
    'leaf I2 M X',
  ],
];

describe('a path that avoids what is distrusted', () => {
  for (const [title, sent, set, expected] of table) {
    it(title, () => {
      assert.equal(find(sent, set), expected);
    });
  }

  it('does not lead over issuers that may not stand there', () => {
    assert.equal(
      find([leaf, 'I I/i <R/r'], [R], () => false),
      undefined,
    );
  });

  it('leads to an issuer another way where it may not stand above the first', () => {
    const below = (text: string) => (issuers: readonly ListedCertificate[]) =>
      !issuers.some((issuer) => nameOf(issuer) === text);
    const sent = [leaf, 'N I/i <R/r', 'I2 I/i <R/r'];
    assert.equal(find(sent, [R]), 'leaf N R');
    assert.equal(find(sent, [R], below('N')), 'leaf I2 R');
    assert.equal(find(sent, [R], below('R')), undefined);
  });

  it('is not looked for without end', () => {
    const crowd = Array.from({ length: 60 }, (_, n) => `F${String(n)} I/f${String(n)} <R/r`);
    assert.equal(find([leaf, ...crowd.slice(0, 20), 'I2 I/i <R/r'], [R]), 'leaf I2 R');
    assert.equal(find([leaf, ...crowd, 'I2 I/i <R/r'], [R]), undefined);
  });
});
