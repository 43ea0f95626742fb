import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertRefused, assertWorks, project, run, storeFile } from '../company.mjs';

const programs = createRequire(new URL('../../programs/package.json', import.meta.url));
const here = path.dirname(fileURLToPath(import.meta.url));

function invoke(without) {
  const task = project(['aws-lambda/handler.mjs', 'aws-lambda/runtime.mjs'], { without });
  mkdirSync(path.join(task, 'certs'));
  writeFileSync(path.join(task, 'certs/corp-root.pem'), readFileSync(storeFile));
  const lambda = { AWS_LAMBDA_FUNCTION_NAME: 'function', LAMBDA_TASK_ROOT: task };
  // The company's root is not in the store there.
  const env = { ...lambda, SSL_CERT_FILE: '/dev/null', SSL_CERT_DIR: '/nonexistent' };
  return run(process.execPath, ['runtime.mjs'], { cwd: task, env });
}

test('a function trusts the CAs in its package, where Lambda has no store of yours', async () => {
  assertRefused(await invoke(true));
  assertWorks(await invoke(false), /^handler 200$/m);
});

test('the template names the function', () => {
  const { parseDocument } = programs('yaml');
  const document = parseDocument(readFileSync(path.join(here, 'template.yaml'), 'utf8'));
  assert.deepEqual(document.errors, []);
  const [file, name] = document.toJS().Resources.Function.Properties.Handler.split('.');
  assert.match(
    readFileSync(path.join(here, `${file}.mjs`), 'utf8'),
    new RegExp(`function ${name}\\b`),
  );
});
