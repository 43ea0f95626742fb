import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { createRequire } from 'node:module';
import { runtimes } from '../../tools/runtimes/runtimes.mjs';
import { assertRefused, assertWorks, compare, project, script, storeFile } from '../company.mjs';

const { startConnectProxy } = createRequire(import.meta.url)(
  '../../../dist-test/helpers/connect-proxy.js',
);
const at = (name) => `behind-a-proxy/${name}`;
const starts = JSON.stringify({ name: 'program', scripts: { start: 'node app.js' } });

test('register makes a program work that does not know of us', () =>
  compare([at('app.js'), at('start.sh')], ['sh', ['start.sh']], /^200$/m));

test('register reaches what npm starts', () =>
  compare([at('app.js'), at('npm-start.sh')], ['sh', ['npm-start.sh']], /^200$/m, {
    prepare: (cwd) => writeFileSync(path.join(cwd, 'package.json'), starts),
  }));

test('it also works through a proxy that the environment names, on Node 24', async (t) => {
  const proxy = await startConnectProxy(t);
  const env = {
    HTTPS_PROXY: proxy.url,
    PATH: `${path.dirname(runtimes['node-24'])}:${process.env.PATH}`,
  };
  await compare([at('app.js'), at('env-proxy.sh')], ['sh', ['env-proxy.sh']], /^200$/m, { env });
  if (proxy.tunnels() < 2) throw new Error('the proxy was not asked');
});

test('the doctor says that the company has put its root into the store', async () => {
  const cwd = project([at('doctor.sh')]);
  const { status, output } = await script('doctor.sh', { cwd });
  if (status !== 30) throw new Error(`${status}: ${output}`);
});

test('npm itself needs the store for the first install', async () => {
  const cwd = project([at('install.sh'), 'npm-install.sh']);
  rmSync(path.join(cwd, 'node_modules'), { recursive: true });
  const env = { npm_config_registry: 'https://registry.example', npm_config_fetch_retries: '0' };
  assertRefused(await script('npm-install.sh', { cwd, env }));
  assertWorks(await script('install.sh', { cwd, env }), /added 2 packages/);
  // What npm needs to be told there, it is told elsewhere.
  rmSync(path.join(cwd, 'node_modules'), { recursive: true });
  const told = { ...env, NODE_EXTRA_CA_CERTS: storeFile };
  assertWorks(await script('npm-install.sh', { cwd, env: told }), /added 2 packages/);
});
