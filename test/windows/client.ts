/**
 * JavaScript for the Windows side: each piece is a function body that gets the library and reports one value.
 */
import type { SystemStore } from '../../dist/index.js';
import type { Comparable } from './summary';
import { windowsPath } from './wine';
import type { Prefix, RunResult } from './wine';

const marker = 'RESULT ';

/** Uses `fs.writeSync`, because console.log does not work under Wine with this kind of output. */
export function clientSource(packageDirectory: string, body: string): string {
  return `'use strict';
const print = (text) => require('node:fs').writeSync(1, text + '\\n');
const report = (value) => print(${JSON.stringify(marker)} + JSON.stringify(value));
const packageDirectory = ${JSON.stringify(windowsPath(packageDirectory))};
const library = require(packageDirectory);
const addonPath = packageDirectory + '\\\\prebuilds\\\\win32-x64\\\\os-truststore.node';
(async () => {
${body}
})().catch((error) => {
  print('FAILED ' + (error && error.stack));
  process.exitCode = 1;
});
`;
}

// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- a cast in one place instead of many
export function reported<T>({ code, output }: RunResult): T {
  const line = output.split(/\r?\n/).find((candidate) => candidate.startsWith(marker));
  if (code !== 0 || line === undefined) throw new Error(`exit ${String(code)}: ${output}`);
  return JSON.parse(line.slice(marker.length)) as T;
}

/** Runs `body` in a Windows Node and returns what it reports. */
export async function ask<T>(
  prefix: Prefix,
  node: string,
  packageDirectory: string,
  body: string,
): Promise<T> {
  return reported<T>(await prefix.node(node, clientSource(packageDirectory, body)));
}

/** A store after its way through JSON. */
export type ReportedStore = Pick<SystemStore, 'errors' | 'locations' | 'strategy'> & {
  certificates: Comparable[];
};

export const readStore = 'report(library.readSystemStore());';
