/**
 * Runs benches on the lines of Node: finds which there are and benches each.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { benchEnvironment } from './measure.mjs';

export const LINES = ['node-18', 'node-20', 'node-22', 'node-24', 'node-26'];

export const folder = path.dirname(fileURLToPath(import.meta.url));

/** Options of the command line, for `parseArgs`. */
export const nodeOptions = (name) => ({
  node: { type: 'string', multiple: true, default: [] },
  json: { type: 'string', default: path.join(folder, `../../build/bench-${name}.json`) },
});

/** Evaluates an expression in `node`. */
export const ask = (node, expression) =>
  execFileSync(node, ['-p', expression], {
    env: benchEnvironment(),
    maxBuffer: 1 << 26,
  }).toString();

export const rootsOf = (node) => JSON.parse(ask(node, 'JSON.stringify(tls.rootCertificates)'));

/** Returns the installed ones of test/tools/runtimes, or this one where none is installed. */
export async function installedRuntimes(names) {
  const { runtimes } = await import('../tools/runtimes/runtimes.mjs');
  const installed = names.map((name) => runtimes[name]).filter(existsSync);
  return installed.length > 0 ? installed : [process.execPath];
}

/** Gives `work` a folder and removes it afterwards. */
export async function withScratch(work) {
  const scratch = mkdtempSync(path.join(tmpdir(), 'os-truststore-bench-'));
  try {
    return await work(scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Facts about the machine that influence the figures. */
export const machineFacts = () => ({ cpu: cpus()[0]?.model, load: loadavg() });

/** Writes the results, with the machine's load at the end. */
export function writeResults(json, results) {
  mkdirSync(path.dirname(json), { recursive: true });
  writeFileSync(json, `${JSON.stringify({ ...results, loadAfter: loadavg() }, null, 2)}\n`);
}

/**
 * Prints what `toMarkdown` makes of `benchNode`'s results, and writes all results to a file at the end.
 *
 * @param facts further data for that file
 */
export async function benchNodes({ node: nodes, json, facts }, benchNode, toMarkdown) {
  const results = { ...machineFacts(), ...facts, nodes: {} };
  for (const node of nodes.length > 0 ? nodes : await installedRuntimes(LINES)) {
    const version = ask(node, 'process.versions.node').trim();
    process.stderr.write(`Node ${version}\n`);
    results.nodes[version] = await benchNode(node);
    console.log(`### Node ${version}\n\n${toMarkdown(results.nodes[version])}\n`);
  }
  writeResults(json, results);
}

export function markdownTable(titles, rows) {
  const lines = [titles, titles.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
