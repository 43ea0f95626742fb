/**
 * Gets Node core's own tests from the source package of this machine's distribution. apt uses a configuration of its
 * own with the machine's sources, so nothing of the machine changes.
 */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const cache = path.join(root, 'node_modules/.cache/os-truststore/node-core');

/** The tests start and read only these, so only these are unpacked. */
const wanted = ['common', 'fixtures', 'parallel'];

function output(command, args, cwd = cache) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}\n${stderr}`);
  return stdout;
}

/** Suites are named after the release; what other vendors offer there is not Debian's Node. */
function isOfRelease(suites, codename) {
  return suites.every((suite) => suite === codename || suite.startsWith(`${codename}-`));
}

/** Turns `Types: deb` of each stanza of the distribution into `deb-src` (sources.list(5), the deb822 format). */
function fromStanzas(text, codename) {
  return text
    .split(/\n\s*\n/)
    .filter((stanza) => {
      const suites = /^Suites:(.*)$/im.exec(stanza)?.[1].trim().split(/\s+/);
      return suites && isOfRelease(suites, codename);
    })
    .map((stanza) =>
      stanza.replace(/^Types:.*$/im, 'Types: deb-src').replace(/^Enabled:.*\n/im, ''),
    );
}

/** Does the same for the one-line format. */
function fromLines(text, codename) {
  const line = /^deb\s+((?:\[[^\]]*\]\s+)?\S+\s+(\S+)\s.*)$/gm;
  return [...text.matchAll(line)]
    .filter(([, , suite]) => isOfRelease([suite], codename))
    .map(([, rest]) => `deb-src ${rest}`);
}

/** @returns the options that make apt look at source packages, with lists and caches of our own */
function writeAptConfiguration() {
  const codename = /^VERSION_CODENAME=(.*)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  const folder = '/etc/apt/sources.list.d';
  const files = [
    '/etc/apt/sources.list',
    ...readdirSync(folder).map((name) => path.join(folder, name)),
  ].filter(existsSync);
  const read = (extension, parse) =>
    files
      .filter((file) => file.endsWith(extension))
      .flatMap((file) => parse(readFileSync(file, 'utf8'), codename));
  const parts = path.join(cache, 'apt');
  mkdirSync(path.join(parts, 'lists/partial'), { recursive: true });
  mkdirSync(path.join(parts, 'archives/partial'), { recursive: true });
  writeFileSync(path.join(parts, 'own.sources'), read('.sources', fromStanzas).join('\n\n'));
  writeFileSync(path.join(parts, 'own.list'), read('.list', fromLines).join('\n'));
  const settings = {
    'Dir::Etc::SourceList': '/dev/null',
    'Dir::Etc::SourceParts': parts,
    'Dir::State::Lists': path.join(parts, 'lists'),
    'Dir::Cache': parts,
    'APT::Sandbox::User': 'root',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

/** A mirror behind its index lacks the newest files, so older versions are tried too. */
function download() {
  const options = writeAptConfiguration();
  output('apt-get', [...options, '--quiet=2', 'update']);
  const versions = [
    ...output('apt-cache', [...options, 'showsrc', 'nodejs']).matchAll(/^Version: (.*)$/gm),
  ];
  const sorted = versions
    .map(([, version]) => version)
    .sort(compareVersions)
    .reverse();
  const faults = [];
  for (const version of sorted) {
    try {
      output('apt-get', [
        ...options,
        '--quiet=2',
        'source',
        '--download-only',
        `nodejs=${version}`,
      ]);
      return;
    } catch (error) {
      faults.push(error.message);
    }
  }
  throw new Error(`apt has no source package of nodejs\n${faults.join('\n')}`);
}

function compareVersions(a, b) {
  return spawnSync('dpkg', ['--compare-versions', a, 'lt', b]).status === 0 ? -1 : 1;
}

function unpack() {
  const archive = readdirSync(cache).find((name) => /^nodejs_.*\.orig\.tar\.\w+$/.test(name));
  const [top] = output('tar', [
    '--list',
    '--file',
    archive,
    '--occurrence=1',
    '--wildcards',
    '*/test/common/index.js',
  ]).split('/');
  const folders = wanted.map((name) => `${top}/test/${name}`);
  const fresh = path.join(cache, 'unpacking');
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh);
  output('tar', [
    '--extract',
    '--file',
    archive,
    '--directory',
    fresh,
    '--strip-components=1',
    ...folders,
  ]);
  cpSync(fresh, tree, { recursive: true, verbatimSymlinks: true });
  rmSync(fresh, { recursive: true });
  writeFileSync(path.join(tree, 'version'), top.replace('node-', ''));
}

export const tree = path.join(cache, 'tree');

/** @returns the version of Node that the tests are for */
export function fetchTests() {
  const stamp = path.join(tree, 'version');
  mkdirSync(cache, { recursive: true });
  if (!existsSync(stamp)) {
    download();
    unpack();
  }
  return readFileSync(stamp, 'utf8');
}

/** Installs the package as npm would, with the addon built here; it is found by name from the tests' folder. */
export function installPackage() {
  const modules = path.join(tree, 'node_modules');
  rmSync(modules, { recursive: true, force: true });
  const own = path.join(modules, 'os-truststore');
  for (const name of ['package.json', 'dist', 'build/Release/os_truststore.node']) {
    cpSync(path.join(root, name), path.join(own, name), { recursive: true });
  }
  const { dependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  for (const name of Object.keys(dependencies)) {
    cpSync(path.join(root, 'node_modules', name), path.join(modules, name), { recursive: true });
  }
  const beside = fileURLToPath(new URL('verifying-agents.cjs', import.meta.url));
  cpSync(beside, path.join(modules, 'verifying-agents.js'));
}
