/**
 * Runs the real Windows node.exe under Wine with the addon built here: npm run test:windows. Installs what is missing
 * and fails where it cannot.
 *
 *   node test/windows/run.mjs [--summary=FILE] [test/windows/store.test.ts]...
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  buildNativeTests,
  buildPreload,
  createTemplate,
  installPackages,
  installTools,
  prepareNodes,
  preparePackage,
  root,
} from './setup.mjs';

async function step(name, body) {
  const start = performance.now();
  const result = await body();
  process.stdout.write(`${name}: ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
  return result;
}

/** Imported late, because its packages must be installed first. */
async function buildBinaries(directory) {
  const { buildAddon, toolchain } = await import('../../native/prebuild/windows-toolchain.mjs');
  const tools = toolchain('zig', 'x64');
  const shipped = path.join(directory, 'shipped.node');
  const enterprise = path.join(directory, 'enterprise.node');
  await buildAddon({
    tools,
    variants: [
      { output: shipped },
      {
        output: enterprise,
        replace: { 'native/windows/windows_api.cc': 'test/native/windows/enterprise_api.cc' },
      },
    ],
  });
  return { shipped, enterprise };
}

async function prepare(scratch) {
  const at = (name) => path.join(scratch, name);
  await step('install tools', installTools);
  await step('install packages', installPackages);
  const preload = buildPreload(at('hide_certificates.so'));
  const { nodes, renamed } = await step('prepare node.exe', () => prepareNodes(at('nodes')));
  const template = await step('create Wine prefix', () => createTemplate(at('template')));
  const binaries = await step('build for Windows', () => buildBinaries(at('binaries')));
  return {
    scratch: at('prefixes'),
    template,
    nodes,
    renamed,
    preload,
    nativeTests: await step('build native tests', () => buildNativeTests(at('native_tests.exe'))),
    shipped: preparePackage(at('shipped'), binaries.shipped),
    enterprise: preparePackage(at('enterprise'), binaries.enterprise),
  };
}

const scratch = mkdtempSync(path.join(os.tmpdir(), 'os-truststore-wine-'));
const setupFile = path.join(root, 'dist-test/windows/setup.json');
try {
  const setup = await prepare(scratch);
  mkdirSync(setup.scratch);
  writeFileSync(setupFile, JSON.stringify(setup, null, 2));
  const chosen = process.argv.slice(2);
  const targets = chosen.every((arg) => arg.startsWith('--'))
    ? [...chosen, 'test/windows']
    : chosen;
  const runner = path.join(root, 'test/tools/run-tests.mjs');
  const { status } = await step('tests', () =>
    spawnSync(process.execPath, [runner, ...targets], { cwd: root, stdio: 'inherit' }),
  );
  process.exitCode = status ?? 1;
} finally {
  rmSync(setupFile, { force: true });
  rmSync(scratch, { recursive: true, force: true });
}
