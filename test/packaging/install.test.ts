import assert from 'node:assert/strict';
import { copyFile, readFile, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import {
  install,
  mustRun,
  nodeLines,
  pack,
  projectRoot,
  runtimePaths,
  temporaryFolder,
} from './packed.js';

/** Each prints how many CAs it got, by which strategy, from which addon. */
const report = `
  const { strategy, errors } = readSystemStore();
  const { sharedObjects } = process.report.getReport();
  const addon = sharedObjects.find((file) => file.endsWith('.node'));
  console.log(JSON.stringify({ count: getSystemCAs().length, strategy, errors, addon }));`;

const programs = {
  CommonJS: [
    'cjs.cjs',
    `const { getSystemCAs, readSystemStore } = require('os-truststore'); ${report}`,
  ],
  'an ES module': [
    'esm.mjs',
    `import { getSystemCAs, readSystemStore } from 'os-truststore'; ${report}`,
  ],
  'a worker': [
    'worker.cjs',
    `const { Worker, isMainThread } = require('node:worker_threads');
     if (isMainThread) {
       require('os-truststore').getSystemCAs();
       new Worker(__filename);
     } else {
       const { getSystemCAs, readSystemStore } = require('os-truststore'); ${report}
     }`,
  ],
} as const;

interface Report {
  count: number;
  strategy: string;
  errors: unknown[];
  addon: string;
}

void describe('the package, installed with scripts blocked', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let lines: Awaited<ReturnType<typeof nodeLines>>;

  before(async () => {
    folder = await temporaryFolder();
    lines = await nodeLines();
    await install((await pack(folder.path)).path, folder.path);
    for (const [file, source] of Object.values(programs)) {
      await writeFile(join(folder.path, file), source);
    }
  });

  after(() => folder.cleanUp());

  test('brings no dependency but node-gyp-build', async () => {
    const args = ['ls', '--all', '--omit=dev', '--parseable'];
    const listed = await mustRun('npm', args, { cwd: folder.path });
    const names = listed
      .trim()
      .split('\n')
      .slice(1)
      .map((path) => path.replace(/^.*node_modules\//, ''));
    assert.deepEqual(names.sort(), ['node-gyp-build', 'os-truststore']);
  });

  // Describes the installed tree, as the release does: in the project, npm leaves out packages that development tools
  // also use.
  test('can be described by npm sbom: what it is made of, and under which licences', async () => {
    const output = await mustRun('npm', ['sbom', '--sbom-format=cyclonedx'], { cwd: folder.path });
    const { components } = JSON.parse(output) as {
      components: { name: string; licenses: { license: { id: string } }[] }[];
    };
    assert.deepEqual(
      components.map(({ name, licenses }) => [name, licenses[0]?.license.id]).sort(),
      [
        ['node-gyp-build', 'MIT'],
        ['os-truststore', 'MIT'],
      ],
    );
  });

  test('names files and lines of lib/ in a stack where Node reads source maps, on every Node line', async () => {
    const program = `
      try { require('os-truststore').getTrustedCAs({ userCAs: 5 }); }
      catch ({ stack }) { console.log(stack); }`;
    await writeFile(join(folder.path, 'stack.cjs'), program);
    for (const [line, node] of lines) {
      const args = ['--enable-source-maps', 'stack.cjs'];
      const stack = await mustRun(node, args, { cwd: folder.path });
      const frames = [...stack.matchAll(/at (?:\w+\.)*(\w+) \(.*os-truststore\/(lib\/.*):(\d+):/g)];
      assert.ok(frames.length > 5, `${line}: ${stack}`);
      for (const [index, [frame, , file, number]] of frames.entries()) {
        const source = await readFile(join(projectRoot, file!), 'utf8');
        const text = source.split('\n')[Number(number) - 1];
        const called = frames[index - 1]?.[1] ?? 'new TruststoreError';
        assert.ok(text?.includes(called), `${line}: ${frame} does not call ${called}: ${text!}`);
      }
    }
  });

  for (const [name, [file]] of Object.entries(programs)) {
    test(`reads the system store through its prebuilt addon from ${name} on every Node line`, async () => {
      for (const [line, node] of lines) {
        const output = await mustRun(node, [file], { cwd: folder.path });
        const { count, strategy, errors, addon } = JSON.parse(output) as Report;
        assert.ok(count > 0, `${line} found no CA`);
        assert.equal(strategy, 'addon', line);
        assert.deepEqual(errors, [], line);
        assert.match(
          addon,
          /node_modules\/os-truststore\/prebuilds\/linux-x64\/os-truststore\.node$/,
          line,
        );
      }
    });
  }

  test('reads the system store through its prebuilt addon in Bun and Deno', async () => {
    const { bun, deno } = await runtimePaths();
    const allowed = ['--allow-read', '--allow-env', '--allow-ffi', '--allow-sys'];
    for (const [command, args] of [
      [bun!, []],
      [deno!, ['run', '--no-prompt', ...allowed]],
    ] as const) {
      const program = `import { getSystemCAs, readSystemStore } from 'os-truststore';
        console.log(JSON.stringify([getSystemCAs().length, readSystemStore().strategy]));`;
      await writeFile(join(folder.path, 'other.mjs'), program);
      const output = await mustRun(command, [...args, 'other.mjs'], { cwd: folder.path });
      const [count, strategy] = JSON.parse(output) as [number, string];
      assert.ok(count > 0, command);
      assert.equal(strategy, 'addon', command);
    }
  });

  test('lists the CAs from the command npm links', async () => {
    const command = join(folder.path, 'node_modules/.bin/os-truststore');
    const output = await mustRun(command, ['list', '--json'], { cwd: folder.path });
    assert.ok(Object.keys(JSON.parse(output) as object).length > 0);
  });

  test('compiles against its types as CommonJS, as an ES module, for a bundler and by the rules of Node 10', async () => {
    const { path: cwd } = folder;
    for (const helper of ['expect-type', '@types', 'undici-types']) {
      await symlink(join(projectRoot, 'node_modules', helper), join(cwd, 'node_modules', helper));
    }
    const sources = ['api', 'first-use'].map((name) => join(projectRoot, `test/types/${name}.ts`));
    const tsc = join(projectRoot, 'node_modules/typescript/bin/tsc');
    const strict = ['--noEmit', '--strict', '--exactOptionalPropertyTypes'];
    const old = ['--target', 'es2018', '--skipLibCheck', 'false'];
    for (const [ending, ...flags] of [
      ['.cts', '--module', 'node16', ...old],
      ['.mts', '--module', 'node16', '--target', 'es2022'],
      ['-bundled.ts', '--module', 'esnext', '--moduleResolution', 'bundler', ...old],
      // Deprecated in TypeScript 6, and still what many programs are compiled with.
      [
        '-10.ts',
        '--module',
        'commonjs',
        '--moduleResolution',
        'node10',
        '--ignoreDeprecations',
        '6.0',
        ...old,
      ],
    ] as const) {
      const files = sources.map((source) => basename(source, '.ts') + ending);
      for (const [index, file] of files.entries()) await copyFile(sources[index]!, join(cwd, file));
      const args = [tsc, ...strict, ...flags, '--types', 'node', ...files];
      await mustRun(process.execPath, args, { cwd });
    }
  });
});
