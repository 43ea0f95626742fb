import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runtimes } from '../../tools/runtimes/runtimes.mjs';
import { assertRefused, assertWorks, project, run, script } from '../company.mjs';

const programs = fileURLToPath(new URL('../../programs/node_modules', import.meta.url));
/** The file that a package's command starts. */
const managers = {
  npm: {
    files: { npm: 'npm-11/bin/npm-cli.js', npx: 'npm-11/bin/npx-cli.js' },
    done: /added \d packages?/,
  },
  pnpm: { files: { pnpm: 'pnpm-10/bin/pnpm.cjs' }, done: /dependencies:[^]*os-truststore/ },
  yarn: { files: { yarn: 'yarn/bin/yarn.js' }, done: /Saved lockfile|success/ },
};

const environment = {
  npm_config_registry: 'https://registry.example',
  npm_config_fetch_retries: '0',
  ...{ npm_config_audit: 'false', YARN_REGISTRY: 'https://registry.example', CI: '' },
};

for (const [name, { files, done }] of Object.entries(managers)) {
  test(`${name} itself reaches the registry under run, and not without it`, async () => {
    const bin = path.join(project([]), 'bin');
    mkdirSync(bin);
    for (const [command, file] of Object.entries(files)) {
      symlinkSync(path.join(programs, file), path.join(bin, command));
    }
    const env = {
      ...environment,
      npm_config_cache: path.join(bin, 'cache'),
      PATH: `${bin}:${path.dirname(runtimes['node-24'])}:${process.env.PATH}`,
    };
    const manifest = {
      name: 'program',
      private: true,
      dependencies: { 'os-truststore': '*', another: 'npm:node-gyp-build@*' },
    };
    const prepared = (cwd) => {
      writeFileSync(path.join(cwd, 'package.json'), JSON.stringify(manifest));
      return cwd;
    };
    const bare = prepared(project([]));
    rmSync(path.join(bare, 'node_modules'), { recursive: true });
    assertRefused(await run(name, ['install'], { cwd: bare, env }));
    const cwd = prepared(project([`package-managers/${name}.sh`]));
    assertWorks(await script(`${name}.sh`, { cwd, env }), done);
  });
}
