/**
 * Another process with the same file: `node sharing-child.js <file> <action> [argument]...`
 */
import { readFileSync } from 'node:fs';

import { trustOnFirstUse } from '../../dist/index.js';

const [, , file = '', action, ...rest] = process.argv;
const trust = trustOnFirstUse({ file, decide: () => 'refuse' });

async function main(): Promise<void> {
  if (action === 'revoke') await trust.revoke(rest[0] ?? '');
  else if (action === 'accept') {
    for (const path of rest) await trust.accept(readFileSync(path));
  } else throw new Error('unknown action');
}

void main();
