import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';

const packageRoot = join(__dirname, '../..');
const addon = join(packageRoot, 'build/Release/os_truststore.node');

/** Reads the store with the copy of the package below `root`; prints what was loaded, or the error. */
const script = `
  try {
    const { strategy } = require(process.argv[1] + '/dist/index.js').readSystemStore();
    const loaded = process.report.getReport().sharedObjects.filter((name) => name.endsWith('.node'));
    console.log(JSON.stringify({ strategy, loaded }));
  } catch ({ code, message, path }) {
    console.log(JSON.stringify({ code, message, path }));
  }`;

interface Answer {
  strategy?: string;
  loaded?: string[];
  code?: string;
  message?: string;
  path?: string;
}

function readWith(root: string, env: NodeJS.ProcessEnv = {}, node = process.execPath): Answer {
  const kept = Object.entries(process.env).filter(([name]) => !/^(NODE_|SSL_|OS_TRUST)/.test(name));
  const { stdout, stderr } = spawnSync(node, ['-e', script, root], {
    env: { ...Object.fromEntries(kept), ...env },
    encoding: 'utf8',
  });
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout) as Answer;
}

void describe('finding the addon', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'os-truststore-addon-'));
  });

  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** Installs the package as npm does, with the addon at `paths`. */
  function install(name: string, paths: readonly string[]): string {
    const root = join(folder, name);
    cpSync(join(packageRoot, 'dist'), join(root, 'dist'), { recursive: true });
    cpSync(
      join(packageRoot, 'node_modules/node-gyp-build'),
      join(root, 'node_modules/node-gyp-build'),
      { recursive: true },
    );
    for (const path of paths) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      cpSync(addon, join(root, path));
    }
    return root;
  }

  const prebuilds =
    process.platform === 'darwin'
      ? 'prebuilds/darwin-x64+arm64'
      : `prebuilds/${process.platform}-${process.arch}`;
  const prebuild = `${prebuilds}/os-truststore.node`;

  test('a build from source comes before the prebuild', () => {
    const root = install('both', ['build/Release/os_truststore.node', prebuild]);
    const { loaded } = readWith(root);
    assert.deepEqual(loaded, [join(root, 'build/Release/os_truststore.node')]);
  });

  test('the prebuild of this platform and architecture is found', () => {
    const root = install('prebuilt', [prebuild]);
    assert.deepEqual(readWith(root).loaded, [join(root, prebuild)]);
  });

  test('what only node-gyp-build finds is found', () => {
    const name = `${prebuilds}/node.napi.node`;
    const root = install('other-name', [name]);
    assert.deepEqual(readWith(root).loaded, [join(root, name)]);
  });

  test('OS_TRUSTSTORE_ADDON comes before everything', () => {
    const root = install('named', [prebuild, 'elsewhere/my.node']);
    const named = join(root, 'elsewhere/my.node');
    assert.deepEqual(readWith(root, { OS_TRUSTSTORE_ADDON: named }).loaded, [named]);
  });

  test('a file named in OS_TRUSTSTORE_ADDON that is missing is an error that names it', () => {
    const root = install('missing', [prebuild]);
    const named = join(root, 'missing.node');
    const { code, message, path } = readWith(root, { OS_TRUSTSTORE_ADDON: named });
    assert.equal(code, 'ERR_TRUSTSTORE_ADDON_NOT_FOUND');
    assert.equal(path, named);
    assert.ok(message?.includes(named), message);
  });

  test('a file named in OS_TRUSTSTORE_ADDON that is no addon is an error that names it', () => {
    const root = install('broken', [prebuild]);
    const named = join(root, 'broken.node');
    writeFileSync(named, 'not an addon');
    const { code, message, path } = readWith(root, { OS_TRUSTSTORE_ADDON: named });
    assert.equal(code, 'ERR_TRUSTSTORE_ADDON_BROKEN');
    assert.equal(path, named);
    assert.ok(message?.includes(named), message);
  });

  test('a truncated addon is an error that says so, and takes no process down', () => {
    const root = install('truncated', [prebuild]);
    const whole = readFileSync(addon);
    writeFileSync(join(root, prebuild), whole.subarray(0, whole.length / 2));
    const { code, message, path } = readWith(root);
    assert.equal(code, 'ERR_TRUSTSTORE_ADDON_BROKEN');
    assert.equal(path, join(root, prebuild));
    assert.ok(message?.includes(join(root, 'build/Release/os_truststore.node')), message);
  });

  test('without any, the error lists every path that was tried, unless the runtime can help', () => {
    const root = install('none', []);
    const { code, message, strategy } = readWith(root);
    if (strategy !== undefined) {
      assert.equal(strategy, 'runtime');
      return;
    }
    assert.equal(code, 'ERR_TRUSTSTORE_ADDON_NOT_FOUND');
    const beside = dirname(process.execPath);
    for (const path of [
      join(root, 'build/Release/os_truststore.node'),
      join(root, prebuild),
      join(beside, prebuild),
    ]) {
      assert.ok(message?.includes(path), message);
    }
  });
});
