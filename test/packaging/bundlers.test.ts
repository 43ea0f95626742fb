import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { cp, copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { install, mustRun, pack, projectRoot, run, temporaryFolder } from './packed.js';

interface Recipes {
  installBundlers: () => void;
  bundle: (options: {
    bundler: string;
    entry: string;
    output: string;
    bundled: boolean;
    format: 'cjs' | 'esm';
  }) => Promise<void>;
  injectBlob: (executable: string, blob: Buffer) => Promise<void>;
}

const use = `
  const thrownBy = (call) => { try { call({}); } catch (error) { return error; } };
  const knowsErrors = [trustOnFirstUse, other].every((call) => {
    const error = thrownBy(call);
    return error instanceof TruststoreError && error instanceof FirstUseError;
  });
  const injection = inject({ bundled: false });
  injection.ready.then(() => {
    const { strategy, errors } = readSystemStore();
    const { sharedObjects } = process.report.getReport();
    const addon = sharedObjects.find((file) => file.endsWith('.node'));
    const injected = injection.certificates.length;
    const listed = getSystemCAs().length;
    console.log(JSON.stringify({ strategy, errors, addon, injected, listed, knowsErrors }));
    injection.restore();
  });`;

const entries = {
  // Both entry points, which know the errors of each other also in a bundle.
  'entry.mjs': `
    import { TruststoreError as FirstUseError, trustOnFirstUse as other } from 'os-truststore/first-use';
    import { TruststoreError, getSystemCAs, inject, readSystemStore, trustOnFirstUse } from 'os-truststore';${use}`,
  // A single executable's asset must become a file before the system can load it.
  'asset.cjs': `
    ${readFileSync(join(projectRoot, 'test/examples/single-executable/addon.cjs'), 'utf8')}
    const { TruststoreError: FirstUseError, trustOnFirstUse: other } = require('os-truststore/first-use');
    const { TruststoreError, getSystemCAs, inject, readSystemStore, trustOnFirstUse } = require('os-truststore');${use}`,
} as const;

interface Answer {
  strategy: string;
  errors: unknown[];
  addon: string;
  injected: number;
  listed: number;
  knowsErrors: boolean;
}

const prebuild = 'prebuilds/linux-x64/os-truststore.node';

const cases = [
  ['esbuild', 'cjs'],
  ['esbuild', 'esm'],
  ['webpack', 'cjs'],
  ['rollup', 'cjs'],
  ['rollup', 'esm'],
  ['vite', 'esm'],
] as const;

void describe('a bundled program', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let recipes: Recipes;
  let runtimes: Record<string, string>;
  let node: string;
  let prebuilds: string;

  before(async () => {
    folder = await temporaryFolder();
    await install((await pack(folder.path)).path, folder.path);
    for (const [file, source] of Object.entries(entries)) {
      await writeFile(join(folder.path, file), source);
    }
    prebuilds = join(folder.path, 'node_modules/os-truststore/prebuilds');
    const load = async (file: string): Promise<unknown> =>
      import(pathToFileURL(join(projectRoot, file)).href);
    recipes = (await load('test/tools/bundlers/recipes.mjs')) as Recipes;
    recipes.installBundlers();
    ({ runtimes } = (await load('test/tools/runtimes/runtimes.mjs')) as {
      runtimes: Record<string, string>;
    });
    node = runtimes['node-24']!;
  });

  after(() => folder.cleanUp());

  function check(output: string, addon: string): void {
    const answer = JSON.parse(output) as Answer;
    assert.equal(answer.strategy, 'addon');
    assert.deepEqual(answer.errors, []);
    assert.ok(answer.listed > 0 && answer.injected > 0, output);
    assert.ok(answer.knowsErrors, 'an entry point does not know the errors of the other');
    assert.equal(answer.addon, addon);
  }

  const entry = (file: keyof typeof entries): string => join(folder.path, file);
  const extension = { cjs: '.cjs', esm: '.mjs' };

  for (const [bundler, format] of cases) {
    test(`by ${bundler} as ${format}, with the package external, uses the installed package`, async () => {
      const output = join(
        folder.path,
        `${bundler}-${format}-external`,
        `program${extension[format]}`,
      );
      await recipes.bundle({ bundler, format, entry: entry('entry.mjs'), output, bundled: false });
      const installed = join(folder.path, 'node_modules/os-truststore', prebuild);
      check(await mustRun(node, [output], { cwd: folder.path }), installed);
    });

    test(`by ${bundler} as ${format}, with the package in it, finds prebuilds beside itself`, async () => {
      // It runs elsewhere, so that it cannot reach the installed package.
      const away = await temporaryFolder();
      try {
        const output = join(away.path, 'out', `program${extension[format]}`);
        await recipes.bundle({ bundler, format, entry: entry('entry.mjs'), output, bundled: true });
        const missing = await run(node, [output], { cwd: away.path });
        assert.match(missing.stderr + missing.stdout, /no binary of os-truststore/);
        await cp(prebuilds, join(away.path, 'out/prebuilds'), { recursive: true });
        check(await mustRun(node, [output], { cwd: away.path }), join(away.path, 'out', prebuild));
      } finally {
        await away.cleanUp();
      }
    });
  }

  test('by bun build, for Node and for Bun, finds prebuilds beside itself', async () => {
    const bun = runtimes['bun']!;
    for (const [target, command] of [
      ['node', node],
      ['bun', bun],
    ] as const) {
      const away = await temporaryFolder();
      try {
        const output = join(away.path, 'out/program.cjs');
        const flags = [`--target=${target}`, '--format=cjs', `--outfile=${output}`];
        await mustRun(bun, ['build', ...flags, entry('entry.mjs')], { cwd: folder.path });
        await cp(prebuilds, join(away.path, 'out/prebuilds'), { recursive: true });
        const { strategy, listed } = JSON.parse(
          await mustRun(command, [output], { cwd: away.path }),
        ) as Answer;
        assert.equal(strategy, 'addon', target);
        assert.ok(listed > 0, target);
      } finally {
        await away.cleanUp();
      }
    }
  });

  async function singleExecutable(
    file: keyof typeof entries,
    name: string,
    assets: Record<string, string>,
  ): Promise<string> {
    const place = join(folder.path, name);
    const main = join(place, 'bundle.cjs');
    await recipes.bundle({
      bundler: 'esbuild',
      format: 'cjs',
      entry: entry(file),
      output: main,
      bundled: true,
    });
    const blob = join(place, 'program.blob');
    const configuration = { main, output: blob, disableExperimentalSEAWarning: true, assets };
    await writeFile(join(place, 'sea.json'), JSON.stringify(configuration));
    await mustRun(node, ['--experimental-sea-config', join(place, 'sea.json')], { cwd: place });
    const program = join(place, 'bin/program');
    await mkdir(join(place, 'bin'));
    await copyFile(node, program);
    await recipes.injectBlob(program, readFileSync(blob));
    await rm(main);
    return program;
  }

  test('as a single executable finds prebuilds beside itself', async () => {
    const program = await singleExecutable('entry.mjs', 'sea-beside', {});
    const beside = join(program, '..', prebuild);
    await mkdir(join(beside, '..'), { recursive: true });
    await copyFile(join(projectRoot, prebuild), beside);
    check(await mustRun(program, [], { cwd: folder.path }), beside);
  });

  test('as a single executable uses an addon it carries as an asset', async () => {
    const assets = { 'os-truststore.node': join(projectRoot, prebuild) };
    const program = await singleExecutable('asset.cjs', 'sea-asset', assets);
    const { strategy, addon, listed } = JSON.parse(
      await mustRun(program, [], { cwd: folder.path }),
    ) as Answer;
    assert.equal(strategy, 'addon');
    assert.match(addon, /my-program-\w+\/os-truststore\.node/);
    assert.ok(listed > 0);
  });
});
