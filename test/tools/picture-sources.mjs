/**
 * Says which version of the page the pictures of the report show.
 */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../lib/report', import.meta.url));

/** Of the page's sources, whatever the line ends of the checkout. */
export function sourcesHash() {
  const hash = createHash('sha256');
  const files = readdirSync(folder, { recursive: true }).map((name) => name.replaceAll('\\', '/'));
  for (const file of files.filter((name) => /\.(ts|css)$/.test(name)).sort()) {
    const text = readFileSync(path.join(folder, file), 'utf8').replaceAll('\r\n', '\n');
    hash.update(`${file}\n${text}\n`);
  }
  return hash.digest('hex');
}
