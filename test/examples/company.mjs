/** The company of `world.mjs`: its root, what its proxy answers, and the projects that try to get through. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installedFolder } from '../tools/install-packed.mjs';

const { createCertificate } = createRequire(import.meta.url)('../../dist-test/helpers/pki.js');
const here = path.dirname(fileURLToPath(import.meta.url));

export const scratch = process.env.EXAMPLES_SCRATCH;
/** Debian's store, which is a folder of this run here. */
export const storeFile = '/etc/ssl/certs/ca-certificates.crt';

/** What Node says of a server whose issuer it does not know. */
const refusal = /UNABLE_TO_GET_ISSUER_CERT_LOCALLY|unable to get local issuer certificate/;

/** Makes a root with a CA below it, as inspecting proxies have them. */
export async function createAuthority(commonName) {
  const root = await createCertificate({ commonName: `${commonName} Root` });
  const issuer = await createCertificate({ commonName: `${commonName} Issuing CA`, issuer: root });
  /** Options of a server with that name. */
  const serverFor = async (name) => {
    const leaf = await createCertificate({ commonName: name, issuer, ca: false, dns: [name] });
    return { key: leaf.keyPem, cert: leaf.pem + issuer.pem };
  };
  return { root, issuer, serverFor };
}

/** Puts the company's root into the store and answers for every name. */
export async function openCompany(answer) {
  const company = await createAuthority('Corp TLS Inspection');
  writeFileSync(storeFile, company.root.pem);
  const server = createServer(await company.serverFor('intranet.example'), answer);
  server.addContext('registry.example', await company.serverFor('registry.example'));
  await new Promise((done, fail) => server.on('error', fail).listen(443, '127.0.0.1', done));
  return { ...company, close: () => server.close() };
}

/** A package of the same name that does nothing: the same program without us. */
const nothing = {
  'package.json': JSON.stringify({
    ...{ name: 'os-truststore', version: '0.0.0' },
    exports: { '.': './index.js', './register': './register.js' },
  }),
  'index.js': `exports.inject = () => ({ restore() {} });
exports.getTrustedCAsAsync = async () => undefined;`,
  'register.js': '',
};

/** A folder with files of an example, and the package as npm installed it, or one that does nothing in its place. */
export function project(files, { without = false } = {}) {
  const folder = mkdtempSync(path.join(scratch, 'project-'));
  writeFileSync(path.join(folder, 'package.json'), '{ "name": "program", "private": true }\n');
  for (const file of files) {
    cpSync(path.join(here, file), path.join(folder, path.basename(file)), { recursive: true });
  }
  const modules = path.join(folder, 'node_modules');
  if (without) {
    const place = path.join(modules, 'os-truststore');
    mkdirSync(place, { recursive: true });
    for (const [name, text] of Object.entries(nothing)) writeFileSync(path.join(place, name), text);
  } else {
    // npm makes links in .bin, which must stay links.
    spawnSync('cp', ['-a', path.join(installedFolder, 'node_modules'), modules]);
  }
  return folder;
}

/** Runs a command to its end; the server in this process answers meanwhile. */
export function run(command, args, { cwd, env = {}, input = '' } = {}) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, timeout: 60_000 });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    }
    child.stdin.end(input);
    child.on('error', fail);
    child.on('close', (status, signal) => done({ status: status ?? signal, output }));
  });
}

/** Runs a script of an example. */
export const script = (file, options) => run('sh', [file], options);

/** The same in a project without us, where it must be refused, and in one with us. */
export async function compare(files, command, expected, { env, prepare = () => undefined } = {}) {
  for (const without of [true, false]) {
    const cwd = project(files, { without });
    prepare(cwd);
    const outcome = await run(...command, { cwd, env });
    if (without) assertRefused(outcome);
    else assertWorks(outcome, expected);
  }
}

export function assertRefused({ status, output }) {
  assert.notEqual(status, 0, output);
  assert.match(output, refusal);
}

export function assertWorks({ status, output }, expected) {
  assert.equal(status, 0, output);
  assert.match(output, expected);
}
