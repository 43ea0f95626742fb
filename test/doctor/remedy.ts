/**
 * Takes out of a remedy what a user types, letter by letter: what stands in backticks. Pure.
 */
import { strict as assert } from 'node:assert';

import { createTerminal } from '../../dist/cli/terminal/terminal.js';
import type { Terminal } from '../../dist/cli/terminal/terminal.js';

/** What is done with a text that is typed. */
export type Form =
  /** Typed at a shell. */
  | 'command'
  /** Typed at a shell as the beginning of the command that starts the program. */
  | 'node'
  /** Sets or removes a variable. */
  | 'variable'
  /** A statement at the start of the program. */
  | 'start'
  /** An option of the connection, or of `inject()`. */
  | 'option'
  /** A value of an option. */
  | 'value'
  /** Names a thing, and is not typed. */
  | 'word';

export interface Typed {
  text: string;
  form: Form;
}

/** A new word must be added here, so that no command passes for one. */
const WORDS = new Set([
  ...['fetchIntermediates', 'allowPrivateAddresses'],
  ...['ca', 'cert', 'key', 'pfx', 'servername', 'localhost', 'basicConstraints', 'keyCertSign'],
  ...['--ca', '--fix', '--allow-private', '--timeout', '--starttls', '--servername', '--no-proxy'],
]);

const PROGRAMS =
  /^(?:sudo |[A-Z_]+=\S+ )*(?:os-truststore|npx|openssl|update-ca-certificates|update-ca-trust|cp|rm|mkdir|sed|chmod|curl|ls|date|timedatectl|apt-get|apt|apk|dnf)\b/;

const FORMS: readonly (readonly [RegExp, Form])[] = [
  [/^node(?: --?[\w-]+(?:[ =]\S+)?)+$/, 'node'],
  [/^(?:export )?[A-Z][A-Z0-9_]+=(?:'[^']*'|"[^"]*"|\S+)$|^unset [A-Z][A-Z0-9_]+$/, 'variable'],
  [PROGRAMS, 'command'],
  [/^(?:(?:truststore|os)\.)?inject\(.*\);?$/s, 'start'],
  [/^\w+: \S/, 'option'],
  [/^(?:getTrustedCAs|createSecureContext)\(.*\)$/s, 'value'],
];

/** @throws AssertionError when the test does not know what to do with something in backticks */
export function typedIn(remedy: string): Typed[] {
  return [...remedy.matchAll(/`([^`]+)`/g)].map(([, text = '']) => ({ text, form: formOf(text) }));
}

function formOf(text: string): Form {
  const found = FORMS.find(([pattern]) => pattern.test(text))?.[1];
  const form = found ?? (WORDS.has(text) ? 'word' : undefined);
  assert.ok(form, `nothing here knows how to type this: ${text}`);
  return form;
}

/** Outside backticks, nothing looks like something to type. */
export function assertAllInBackticks(remedy: string): void {
  const plain = remedy.replace(/`[^`]+`/g, '…');
  assert.doesNotMatch(
    plain,
    /(?:^|\s)--[a-z]|\w\((?:\)|\{)|\b[A-Z][A-Z_]{3,}=|\w+: \[|\bopenssl [a-z]|\bos-truststore [a-z]+ [-$/]/,
    `to be typed, but not in backticks: ${remedy}`,
  );
}

/** People copy from the text that is printed, so each thing to type stands in it on one line. */
export function assertCopyable(remedy: string, print: (terminal: Terminal) => string): void {
  const nowhere = { write: () => undefined };
  const lines = print(createTerminal(nowhere, nowhere, { COLUMNS: '80' })).split('\n');
  for (const { text } of typedIn(remedy)) {
    assert.ok(
      lines.some((line) => line.includes(text)),
      `cut into lines: ${text}\n${lines.join('\n')}`,
    );
  }
}

/** Those who may have to do the work, as remedies name them. */
export const subjects = {
  server: /the server’s (?:owner|administrator)|owner of the server/i,
  ca: /\b(?:the|its|that|those) CAs?\b/i,
  proxy: /(?:the|your) proxy’s (?:owner|administrator)|administrator of the proxy/i,
  administrator: /administrator/i,
} as const;

export type Subject = keyof typeof subjects;
