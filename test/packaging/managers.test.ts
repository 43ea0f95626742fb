import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { mustRun, pack, projectRoot, run, temporaryFolder } from './packed.js';

/** Uses the package in every way a program may and prints the outcome of each. */
const programs = {
  'program.cjs': `
    const truststore = require('os-truststore');
    module.exports = async () => {
      const injection = truststore.inject({ bundled: false });
      await injection.ready;
      const injected = injection.certificates.length;
      injection.restore();
      return [truststore.getSystemCAs().length, injected, truststore.readSystemStore().strategy];
    };`,
  'program.mts': `
    import { getSystemCAs, inject, readSystemStore, type Injection, type SystemStore } from 'os-truststore';
    export default async (): Promise<unknown[]> => {
      const injection: Injection = inject({ bundled: false });
      await injection.ready;
      const injected = injection.certificates.length;
      injection.restore();
      const store: SystemStore = readSystemStore();
      return [getSystemCAs().length, injected, store.strategy];
    };`,
  'worker.cjs': `
    const { parentPort } = require('node:worker_threads');
    require('./program.cjs')().then((answer) => parentPort.postMessage(answer));`,
  'main.mjs': `
    import { once } from 'node:events';
    import { createRequire } from 'node:module';
    import { Worker } from 'node:worker_threads';
    import { getSystemCAs, inject, readSystemStore } from 'os-truststore';
    const require = createRequire(import.meta.url);
    const injection = inject({ bundled: false });
    await injection.ready;
    const esm = [getSystemCAs().length, injection.certificates.length, readSystemStore().strategy];
    injection.restore();
    const cjs = await require('./program.cjs')();
    const typescript = await (await import('./program.mts')).default();
    const [worker] = await once(new Worker(new URL('./worker.cjs', import.meta.url)), 'message');
    console.log(JSON.stringify({ esm, cjs, typescript, worker }));`,
} as const;

interface Manager {
  /** The command and what comes before \`install\`. */
  name: string;
  install?: string[];
  files?: Record<string, string>;
  /** What runs a program, when it is not Node. */
  run?: 'manager' | 'bun';
}

/** Versions that block install scripts do so by default; the others would run install scripts if there were any. */
const managers: Manager[] = [
  { name: 'npm 10' },
  { name: 'npm 11' },
  { name: 'npm 12' },
  { name: 'pnpm 10' },
  { name: 'pnpm 11' },
  { name: 'pnpm 12' },
  { name: 'yarn 4', files: { '.yarnrc.yml': 'nodeLinker: node-modules\n' } },
  {
    name: 'yarn 4',
    files: { '.yarnrc.yml': 'nodeLinker: pnp\npnpEnableEsmLoader: true\n' },
    run: 'manager',
  },
  { name: 'bun', run: 'bun' },
];

/** What a package manager prints when it ran, or did not run, a package's script. */
const aboutScripts = /script|gyp|compil|lifecycle|postinstall|approve|trusted|ignored/i;

/**
 * Newer npm lists `prepare` among install scripts for packages that come from no registry, such as the file here. It
 * only runs for contributors, so users of the registry never see it. Anything else that npm lists stays.
 */
function withoutPrepare(said: string): string {
  const scripts = [...said.matchAll(/^npm warn install-scripts {3}(.*)$/gm)].map(
    ([, text]) => text!,
  );
  if (!scripts.every((text) => /^os-truststore@\S+ \(prepare: [^,]*\)$/.test(text))) return said;
  return said.replaceAll(/^npm warn install-scripts.*$/gm, '');
}

/** When the network fails or is slow, pnpm prints the address, and one package has "gyp" in its name. */
const withoutAddresses = (said: string): string => said.replaceAll(/https?:\/\/\S+/g, '');

/** This machine's settings for package managers, which tests do without. */
const toRegistry = JSON.parse(process.env['TEST_REGISTRY_ENVIRONMENT'] ?? '{}') as Partial<
  Record<string, string>
>;

async function load<Module>(file: string): Promise<Module> {
  return (await import(pathToFileURL(join(projectRoot, file)).href)) as Module;
}

void describe('the packed tarball, in an empty folder', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let tarball: string;
  let commands: Record<string, string[]>;
  let node: string;
  let registry: string;

  before(async () => {
    folder = await temporaryFolder();
    tarball = (await pack(folder.path)).path;
    const { installManagers } = await load<{ installManagers: () => Record<string, string[]> }>(
      'test/tools/package-managers/managers.mjs',
    );
    commands = installManagers();
    const { runtimes } = await load<{ runtimes: Record<string, string> }>(
      'test/tools/runtimes/runtimes.mjs',
    );
    node = runtimes['node-24']!;
    registry = (await mustRun('npm', ['config', 'get', 'registry'])).trim();
  });

  after(() => folder.cleanUp());

  /** Has no settings but these, and a home of its own. */
  async function prepare(name: string, files: Record<string, string>): Promise<NodeJS.ProcessEnv> {
    const cwd = join(folder.path, name);
    await mkdir(join(cwd, 'home'), { recursive: true });
    const dependencies = { 'os-truststore': `file:${tarball}` };
    await writeFile(join(cwd, 'package.json'), JSON.stringify({ private: true, dependencies }));
    await writeFile(join(cwd, '.npmrc'), `registry=${registry}\n`);
    for (const [file, text] of Object.entries({ ...programs, ...files })) {
      await writeFile(join(cwd, file), text);
    }
    const kept = Object.entries(process.env).filter(([key]) => !/^npm_/i.test(key));
    const { NODE_EXTRA_CA_CERTS: cas } = toRegistry;
    return {
      ...Object.fromEntries(kept),
      HOME: join(cwd, 'home'),
      // Only Node comes first, for programs that look for it in PATH.
      PATH: `${join(node, '..')}:${process.env['PATH'] ?? ''}`,
      npm_config_update_notifier: 'false',
      YARN_NPM_REGISTRY_SERVER: registry,
      YARN_ENABLE_TELEMETRY: '0',
      YARN_ENABLE_GLOBAL_CACHE: 'false',
      // Where CI is set, yarn refuses to install without a lockfile, but every install here is a first one.
      YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
      ...(cas === undefined ? {} : { YARN_HTTPS_CA_FILE_PATH: cas }),
    };
  }

  for (const { name, files = {}, run: runner } of managers) {
    const [, linker] = /nodeLinker: (\S+)/.exec(files['.yarnrc.yml'] ?? '') ?? [];
    const title = linker === undefined ? name : `${name} (${linker})`;
    test(`installs quietly and works from CommonJS, ES modules, TypeScript and a worker: ${title}`, async () => {
      const place = title.replace(/\W+/g, '-');
      const env = await prepare(place, files);
      const cwd = await realpath(join(folder.path, place));
      const [command, ...before] = commands[name]!;
      const installed = await run(command!, [...before, 'install'], {
        cwd,
        env: { ...env, ...toRegistry },
      });
      const said = `${installed.stdout}${installed.stderr}`;
      assert.equal(installed.status, 0, said);
      const remarks = withoutPrepare(withoutAddresses(said.replaceAll(cwd, '')));
      assert.doesNotMatch(remarks, aboutScripts);
      assert.equal(existsSync(join(cwd, 'node_modules/os-truststore/build')), false);

      const start =
        runner === 'manager' ? [command!, ...before, 'node'] : [runner === 'bun' ? command! : node];
      const output = await mustRun(start[0]!, [...start.slice(1), 'main.mjs'], { cwd, env });
      const answers = JSON.parse(output) as Record<string, [number, number, string]>;
      assert.deepEqual(Object.keys(answers), ['esm', 'cjs', 'typescript', 'worker']);
      for (const [way, [listed, injected, strategy]] of Object.entries(answers)) {
        assert.ok(listed > 0, way);
        assert.ok(injected > 0, way);
        assert.equal(strategy, 'addon', way);
      }
    });
  }
});
