import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { install, nodeLines, pack, projectRoot, temporaryFolder } from './packed.js';

/** Prints what a program gets, whatever that is. */
const program = `
  const warnings = [];
  process.on('warning', ({ code }) => warnings.push(code));
  const { getSystemCAs, readSystemStore } = require('os-truststore');
  const answer = {};
  try {
    answer.count = getSystemCAs().length;
    const { strategy, errors } = readSystemStore();
    Object.assign(answer, { strategy, errors });
  } catch ({ code, message, remedy, path }) {
    answer.thrown = { code, message, remedy, path };
  }
  setImmediate(() => console.log(JSON.stringify({ ...answer, warnings })));`;

interface Answer {
  count?: number;
  strategy?: string;
  errors?: { code: string; message: string }[];
  thrown?: { code: string; message: string; remedy: string; path: string };
  warnings: string[];
}

const prebuilt = (name: string): Buffer => readFileSync(join(projectRoot, 'prebuilds', name));
const ours = 'linux-x64/os-truststore.node';

/** Returns a shared library of this process that is not an addon. */
function foreignLibrary(): Buffer {
  const maps = readFileSync('/proc/self/maps', 'utf8');
  const [, path] = /(\/\S+\/libm\.so\.6)$/m.exec(maps) ?? [];
  assert.ok(path !== undefined, 'Node uses libm');
  return readFileSync(path);
}

const damaged: Record<string, () => Buffer> = {
  'is empty': () => Buffer.alloc(0),
  'is text': () => Buffer.from('404 Not Found\n'),
  'lost its last byte': () => prebuilt(ours).subarray(0, -1),
  'lost its second half': () => prebuilt(ours).subarray(0, prebuilt(ours).length / 2),
  'keeps nothing but its header': () => prebuilt(ours).subarray(0, 64),
  'begins with zeros': () => prebuilt(ours).fill(0, 0, 4096),
  'lost its tables of segments': () => prebuilt(ours).fill(0xff, 64, 512),
  'is for another architecture': () => prebuilt('linux-arm64/os-truststore.node'),
  'is for Windows': () => prebuilt('win32-x64/os-truststore.node'),
  'is for macOS': () => prebuilt('darwin-x64+arm64/os-truststore.node'),
  'is a library and no addon': foreignLibrary,
};

void describe('a binary that is not as it was packed', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let addon: string;
  let localBuild: string;
  const lines = new Map<string, string>();

  before(async () => {
    folder = await temporaryFolder();
    for (const [name, path] of await nodeLines()) lines.set(name, path);
    await install((await pack(folder.path)).path, folder.path);
    const root = join(folder.path, 'node_modules/os-truststore');
    addon = join(root, 'prebuilds', ours);
    localBuild = join(root, 'build/Release/os_truststore.node');
    await writeFile(join(folder.path, 'program.cjs'), program);
  });

  after(() => folder.cleanUp());

  /** Fails unless the process ends by itself. */
  function ask(line: string): Answer {
    const node = lines.get(line);
    assert.ok(node !== undefined, line);
    const { stdout, stderr, status, signal } = spawnSync(node, ['program.cjs'], {
      cwd: folder.path,
      encoding: 'utf8',
    });
    assert.equal(signal, null, `${line} was ended by ${String(signal)}`);
    assert.equal(status, 0, `${line}: ${stderr}`);
    return JSON.parse(stdout) as Answer;
  }

  // The older cannot list system CAs itself, the newer can.
  for (const line of ['Node 20', 'Node 24']) {
    for (const [title, content] of Object.entries(damaged)) {
      test(`and ${title} is an error that says so, on ${line}`, async () => {
        await writeFile(addon, content());
        const { thrown } = ask(line);
        assert.equal(thrown?.code, 'ERR_TRUSTSTORE_ADDON_BROKEN');
        assert.equal(thrown.path, addon);
        for (const fact of [addon, 'linux-x64', `${localBuild} (no such file)`]) {
          assert.ok(thrown.message.includes(fact), thrown.message);
        }
        assert.match(thrown.remedy, /Reinstall the package.*npx os-truststore build/);
      });
    }
  }

  test('and is missing is an error that lists every place, where the runtime cannot list CAs', async () => {
    await rm(addon);
    const { thrown } = ask('Node 20');
    assert.equal(thrown?.code, 'ERR_TRUSTSTORE_ADDON_NOT_FOUND');
    for (const fact of [addon, localBuild, 'linux-x64', '(no such file)']) {
      assert.ok(thrown.message.includes(fact), thrown.message);
    }
    assert.match(thrown.remedy, /npx os-truststore build/);
  });

  test('and is missing is made up for by the runtime where it lists CAs, and never silently', async () => {
    await rm(addon, { force: true });
    const { count, strategy, errors, warnings } = ask('Node 24');
    assert.equal(strategy, 'runtime');
    assert.ok((count ?? 0) > 0);
    assert.ok(errors?.[0]?.message.includes(addon), JSON.stringify(errors));
    assert.match(errors?.[0]?.message ?? '', /knows no distrust/);
    assert.deepEqual(warnings, ['ERR_TRUSTSTORE_ADDON_NOT_FOUND']);
  });

  test('and is a local build does not give way to the prebuilt one in silence', async () => {
    await copyFile(join(projectRoot, 'prebuilds', ours), addon);
    await mkdir(join(localBuild, '..'), { recursive: true });
    await writeFile(localBuild, 'no addon');
    const { thrown } = ask('Node 24');
    await rm(localBuild);
    assert.equal(thrown?.code, 'ERR_TRUSTSTORE_ADDON_BROKEN');
    assert.equal(thrown.path, localBuild);
    assert.equal(ask('Node 24').strategy, 'addon');
  });

  test('never takes the process down, wherever it was cut off', async () => {
    const whole = prebuilt(ours);
    const lengths = Array.from({ length: 40 }, (_, index) => (whole.length * index) / 40);
    const cut = join(folder.path, 'cut.node');
    await writeFile(
      join(folder.path, 'cuts.cjs'),
      `const fs = require('node:fs');
       const whole = fs.readFileSync(process.argv[2]);
       const { getSystemCAs } = require('os-truststore');
       process.env.OS_TRUSTSTORE_ADDON = ${JSON.stringify(cut)};
       const codes = new Set();
       for (const length of ${JSON.stringify(lengths.map(Math.floor))}) {
         fs.writeFileSync(${JSON.stringify(cut)}, whole.subarray(0, length));
         try { getSystemCAs(); codes.add('loaded'); } catch ({ code }) { codes.add(code); }
       }
       console.log([...codes].join());`,
    );
    const source = join(projectRoot, 'prebuilds', ours);
    const { stdout, stderr, signal } = spawnSync(process.execPath, ['cuts.cjs', source], {
      cwd: folder.path,
      encoding: 'utf8',
    });
    assert.equal(signal, null, stderr);
    assert.equal(stdout.trim(), 'ERR_TRUSTSTORE_ADDON_BROKEN', stderr);
  });
});
