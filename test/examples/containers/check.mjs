import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertWorks, createAuthority, project, run, storeFile } from '../company.mjs';

const programs = createRequire(new URL('../../programs/package.json', import.meta.url));
const here = path.dirname(fileURLToPath(import.meta.url));
const lines = readFileSync(path.join(here, 'Dockerfile'), 'utf8').trimEnd().split('\n');
const instructions = lines.map((line) => /^(\w+) (.*)$/.exec(line).slice(1));

const [local, store] = ['/usr/local/share/ca-certificates', '/etc/ssl/certs'];

/** Runs what its lines make, in folders of their own. */
async function build(without) {
  const app = project([], { without });
  const folders = { '/app': app };
  for (const name of [local, store]) {
    folders[name] = path.join(app, path.basename(name));
    mkdirSync(folders[name]);
  }
  const context = { 'corp-root.crt': storeFile, 'app.mjs': path.join(here, 'app.mjs') };
  let cwd = '/';
  let command;
  for (const [instruction, text] of instructions) {
    if (instruction === 'WORKDIR') cwd = text;
    if (instruction === 'CMD') command = JSON.parse(text);
    if (instruction === 'COPY') {
      const [file, to] = text.split(' ');
      const folder = folders[path.posix.resolve(cwd, to)];
      if (file in context) cpSync(context[file], path.join(folder, file));
    }
    // The network that apt and npm want is not there; what they install is on this machine.
    if (instruction === 'RUN' && !/^apt-get |npm ci/.test(text)) {
      const places = ['--localcertsdir', folders[local], '--etccertsdir', folders[store]];
      const ran = await run('sh', ['-ec', `${text} ${places.join(' ')} --hooksdir /nonexistent`]);
      assert.equal(ran.status, 0, ran.output);
    }
  }
  // The program finds the store of the image where the image has it.
  const bundle = path.join(folders[store], 'ca-certificates.crt');
  const env = { SSL_CERT_FILE: bundle, SSL_CERT_DIR: '/nonexistent' };
  return run(command[0], command.slice(1), { cwd: folders[cwd], env });
}

test('an image made by the lines of the Dockerfile trusts the root it was given', async () => {
  assert.match((await build(true)).output, /^UNABLE_TO_GET_ISSUER_CERT_LOCALLY$/m);
  assertWorks(await build(false), /^200$/m);
});

/** Puts files into a volume as the kubelet does: a new folder, and `..data` renamed onto it. */
function fill(volume, generation, files) {
  const folder = path.join(volume, `..${generation}`);
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  symlinkSync(`..${generation}`, path.join(volume, '..data_tmp'));
  renameSync(path.join(volume, '..data_tmp'), path.join(volume, '..data'));
}

/** Resolves when the program has printed `line` after what it printed until now. */
function printed(child, line) {
  return new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error(`never printed ${line}`)), 20_000);
    child.stdout.on('data', function look(text) {
      if (!text.split('\n').includes(line)) return;
      clearTimeout(timer);
      child.stdout.off('data', look);
      done();
    });
  });
}

test('a pod follows changes of the ConfigMap that its manifest mounts', async () => {
  const { parseDocument } = programs('yaml');
  const document = parseDocument(readFileSync(path.join(here, 'deployment.yaml'), 'utf8'));
  assert.deepEqual(document.errors, []);
  const { containers, volumes } = document.toJS().spec.template.spec;
  const [{ command, env, volumeMounts }] = containers;
  assert.equal(volumeMounts[0].name, volumes[0].name);
  assert.equal(volumeMounts[0].subPath, undefined);
  const cwd = project(['containers/app.mjs']);
  const volume = path.join(cwd, 'volume');
  mkdirSync(volume);
  const other = await createAuthority('Another company');
  fill(volume, 1, { 'corp-root.pem': other.root.pem });
  symlinkSync('..data/corp-root.pem', path.join(volume, 'corp-root.pem'));
  const inPlace = ({ name, value }) => [name, value.replace(volumeMounts[0].mountPath, volume)];
  const child = spawn(command[0], command.slice(1), {
    cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
    // The image of the example has no store.
    env: {
      ...process.env,
      SSL_CERT_FILE: '/dev/null',
      SSL_CERT_DIR: '/nonexistent',
      REPEAT: '1',
      ...Object.fromEntries(env.map(inPlace)),
    },
  });
  child.stdout.setEncoding('utf8');
  try {
    await printed(child, 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
    fill(volume, 2, { 'corp-root.pem': readFileSync(storeFile) });
    await printed(child, '200');
    fill(volume, 3, { 'corp-root.pem': other.root.pem });
    await printed(child, 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
  } finally {
    child.kill();
  }
});
