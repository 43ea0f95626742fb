/**
 * Texts that stay the same from release to release, in files beside the tests. node:test has snapshots of its own only since
 * Node 22.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const projectRoot = resolve(__dirname, '../..');

/** Begins a part of a snapshot; a difference is told with the part it is in. */
export const heading = (title: string): string => `== ${title}`;

export function assertSnapshot(name: string, lines: readonly string[]): void {
  const file = `test/api/snapshot/${name}.txt`;
  const path = join(projectRoot, file);
  const now = `${lines.join('\n')}\n`;
  if (process.env['UPDATE_SNAPSHOT'] === '1') writeFileSync(path, now);
  const recorded = readFileSync(path, 'utf8');
  if (recorded === now) return;
  assert.fail(
    `What users see is not what ${file} says:\n${differences(recorded, now)}\n\n` +
      'Programs rely on it. If the change is meant, tell it in CHANGELOG.md and record it with\n' +
      '  UPDATE_SNAPSHOT=1 node test/tools/run-tests.mjs test/api',
  );
}

/** Lines only one of the texts has, below the heading of their part. */
function differences(recorded: string, now: string): string {
  const byPart = new Map<string, string[]>();
  const note = (sign: string, from: string, to: string): void => {
    for (const [part, line] of linesOnlyIn(from, to)) {
      byPart.set(part, [...(byPart.get(part) ?? []), `${sign} ${line}`]);
    }
  };
  note('-', recorded, now);
  note('+', now, recorded);
  if (byPart.size === 0) return 'the same lines in another order';
  return [...byPart].flatMap(([part, changes]) => [part, ...changes]).join('\n');
}

type Line = readonly [part: string, line: string];

function* linesOf(text: string): Generator<Line> {
  let part = '';
  for (const line of text.split('\n')) {
    if (line.startsWith(heading(''))) part = line;
    yield [part, line];
  }
}

function linesOnlyIn(text: string, other: string): Line[] {
  const counts = new Map<string, number>();
  for (const line of linesOf(other)) counts.set(line.join(), (counts.get(line.join()) ?? 0) + 1);
  return [...linesOf(text)].filter((line) => {
    const count = counts.get(line.join()) ?? 0;
    counts.set(line.join(), count - 1);
    return count <= 0;
  });
}
