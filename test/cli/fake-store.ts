/**
 * Runs the command over a made-up store: `node fake-store.js <store.json> <arguments...>`.
 */
import { readFileSync } from 'node:fs';

import { start } from '../../dist/cli/start.js';
import { createFakeApi } from './fake-api.js';
import type { FakeStore } from './fake-api.js';

const [, , file = '', ...rest] = process.argv;
process.argv.splice(2, Infinity, ...rest);
start(createFakeApi(JSON.parse(readFileSync(file, 'utf8')) as FakeStore));
