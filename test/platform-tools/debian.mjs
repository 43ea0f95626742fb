/**
 * Compares what Debian's own update-ca-certificates and this package read in the same random trees.
 *
 *   node test/platform-tools/debian.mjs [--seeds=5] [--seed=1]
 *
 * A tree has Node's roots as packaged ones, a configuration of random lines, and local certificates; the tool makes a
 * bundle and links of it. What we read must be what the tool made, and Node's roots minus what was deselected. At first
 * everything is selected, so that the tool has links to remove.
 */
import { X509Certificate } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { rootCertificates } from 'node:tls';
import {
  certificatesIn,
  compareSeeds,
  createCertificate,
  Dice,
  differences,
  identityOf,
  keyOf,
  leafOf,
  makeDirectory,
  reencoded,
  retargetLinks,
  runTool,
  signedPartOf,
  temporaryTree,
} from './trees.mjs';

const { getSystemCAs, getTrustedCAs } = createRequire(import.meta.url)('../../dist/index.js');

const TOOL = '/usr/sbin/update-ca-certificates';
const PACKAGED = 'usr/share/ca-certificates';
const LOCAL = 'usr/local/share/ca-certificates';
const LINKS = 'etc/ssl/certs';
const CONF = 'etc/ca-certificates.conf';
const HOOKS = 'etc/ca-certificates/update.d';

const derOf = (pem) => certificatesIn(pem)[0];
const pemOf = (der) =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;

/**
 * Returns Node's roots, and a company's root: renewed with its key, renewed also with its number, and encoded
 * differently.
 */
async function makePackaged() {
  const files = new Map();
  rootCertificates.forEach((pem, index) => {
    // The script finds no link to remove if it wrote the name differently: see `readsName`.
    const name = index % 16 === 5 ? `Root ${index} (old, new)` : `Root_${index}`;
    files.set(`mozilla/${name}.crt`, `${pem}\n`);
  });
  const company = await createCertificate({ commonName: 'Company Root', serialNumber: '01' });
  const { keys } = company;
  const again = (serialNumber) =>
    createCertificate({
      commonName: 'Company Root',
      keys,
      serialNumber,
      validTo: new Date('2110-01-01T00:00:00Z'),
    });
  const issuing = await createCertificate({ commonName: 'Company Issuing', issuer: company });
  const dev = await leafOf(undefined, { commonName: 'dev.example' });
  const server = await leafOf(company, { commonName: 'server.example' });
  const renewed = await again('02');
  const renumbered = await again('01');
  const add = (name, ...ders) => files.set(`company/${name}.crt`, ders.map(pemOf).join(''));
  add('root', company.der);
  add('renewed', renewed.der);
  add('renumbered', renumbered.der);
  add('reencoded', reencoded(company.der));
  add('both', company.der, renewed.der);
  add('dev', dev.der);
  return { files, local: [issuing.der, server.der, dev.der, renewed.der].map(pemOf) };
}

function writePackaged(root, files) {
  for (const [name, text] of files) {
    makeDirectory(root, PACKAGED, path.dirname(name));
    writeFileSync(path.join(root, PACKAGED, name), text);
  }
  for (const directory of [LOCAL, LINKS, HOOKS]) makeDirectory(root, directory);
  writeFileSync(path.join(root, CONF), [...files.keys(), ''].join('\n'));
  // The script tells its hooks which links it made and removed.
  const hook = path.join(root, HOOKS, 'note');
  writeFileSync(hook, '#!/bin/sh\ncat > "$NOTES"\n');
  chmodSync(hook, 0o755);
}

/** Runs the tool on the tree below `root`. Returns the links it removed. */
function update(root) {
  const at = (file) => path.join(root, file);
  const notes = at('notes');
  runTool(
    TOOL,
    [
      ['--certsconf', at(CONF)],
      ['--certsdir', at(PACKAGED)],
      ['--localcertsdir', at(LOCAL)],
      ['--etccertsdir', at(LINKS)],
      ['--hooksdir', at(HOOKS)],
    ].flat(),
    { env: { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', NOTES: notes, LC_ALL: 'C' } },
  );
  const lines = readFileSync(notes, 'utf8').split('\n');
  return lines.filter((line) => line.startsWith('-')).map((line) => path.basename(line, '.pem'));
}

/** The script removes a file's link by this name; it replaces some characters in it. */
const readsName = (name) => !/[ (),]/.test(name);

/** Only there can a line without a directory name a file. */
const isMozilla = (name) => name.startsWith('mozilla/');

/** How one file may appear in the configuration: its lines, and whether one of them certainly deselects it. */
const FORMS = [
  [150, (name) => [[name]]],
  [14, (name) => [[`!${name}`], 'deselected']],
  [6, (name) => [[`!  ${name} \t`], 'deselected']],
  [3, (name) => [[`!mozilla/../${name}`], 'deselected']],
  [3, (name) => [[`!${name.replace('/', '\\/')}`], 'deselected']],
  [3, (name) => (isMozilla(name) ? [[`!${path.basename(name)}`], 'deselected'] : [[name]])],
  [
    2,
    (name) => (isMozilla(name) ? [[`!x/${path.basename(name, '.crt')}`], 'deselected'] : [[name]]),
  ],
  [3, (name) => [[`!${name}\r`], 'left']],
  [3, (name) => [[`!${name}`, ` ${name}\t`], 'deselected']],
  [3, (name) => [[name, `!${name}`], 'deselected']],
  [3, (name) => [[`!${name}`, `#${name}`], 'deselected']],
  [3, (name) => [[`!${name}`, `${name}\r`], 'deselected']],
  [2, (name) => [[`!${name}`, `./${name.replace('o', 'o\\\n')}`], 'deselected']],
  [3, (name) => [[`!!${name}`, ` !${name}`, name], isMozilla(name) ? 'selected' : undefined]],
  [3, (name) => [[`${name} `]]],
  [3, (name) => [[`#!${name}`]]],
  [3, () => [[]]],
];

/** Writes the configuration; returns which files are deselected, 'left' where the tool leaves a link behind. */
function writeConf(root, dice, files) {
  const deselected = new Map();
  const lines = ['# random', '', '!', '!mozilla/Gone.crt', 'mozilla/Missing.crt', '  '];
  for (const name of files.keys()) {
    const [added, verdict] = dice.weighed(FORMS)(name);
    lines.splice(1 + dice.below(lines.length), 0, ...added);
    if (verdict) deselected.set(name, readsName(name) ? verdict : 'left');
  }
  const last = dice.chance(50) ? dice.pick([...files.keys()]) : undefined;
  if (last) lines.push(`!${last}`);
  if (last && !deselected.has(last)) deselected.set(last, 'left');
  const ending = dice.chance(6) ? '\r\n' : '\n';
  for (const [name, verdict] of deselected) {
    if (ending === '\r\n') deselected.set(name, 'left');
    else if (verdict === 'selected') deselected.delete(name);
  }
  const text = lines.join(ending) + (last ? '' : ending);
  writeFileSync(path.join(root, CONF), (dice.chance(6) ? '\uFEFF' : '') + text);
  return deselected;
}

const TEXTS = [
  [10, (pem) => pem],
  [3, (pem) => pem.replaceAll('\n', '\r\n')],
  [3, (pem) => pem.trimEnd()],
  [2, (pem) => `\uFEFF${pem}`],
  [2, (pem) => `subject=somebody\n${pem}`],
  [3, (pem, more) => `${pem}${more}`],
  [2, (pem) => derOf(pem)],
];

function writeLocal(root, dice, { files, local }, deselected) {
  const named = [...deselected.keys()];
  for (let count = dice.below(9); count > 0; count--) {
    const source = dice.weighed([
      [5, () => (named.length > 0 ? dice.pick(named) : 'company/root.crt')],
      [2, () => dice.pick([...files.keys()])],
      [2, () => undefined],
    ])();
    const pem = source ? files.get(source) : dice.pick(local);
    const text = dice.weighed(TEXTS)(pem, dice.pick([...files.values()]));
    const directory = makeDirectory(root, LOCAL, dice.chance(30) ? 'below' : '');
    const base = dice.chance(20) && source ? path.basename(source, '.crt') : `local${count}`;
    const file = path.join(directory, base + dice.pick(['.crt', '.crt', '.crt', '.pem', '.CRT']));
    rmSync(file, { force: true });
    writeFileSync(file, text);
    const link = path.join(directory, `linked${count}.crt`);
    if (dice.chance(20) && !existsSync(link)) symlinkSync(path.basename(file), link);
  }
  const circle = path.join(root, LOCAL, 'circle');
  if (dice.chance(20)) symlinkSync('.', circle);
}

/** Returns the certificates that the links lead to, including files that are neither selected nor deselected. */
function linkedCertificates(root) {
  const directory = path.join(root, LINKS);
  return readdirSync(directory).flatMap((name) => {
    const file = path.join(directory, name);
    if (!name.endsWith('.pem') || !existsSync(file)) return [];
    const bytes = readFileSync(file);
    return bytes[0] === 0x30 && bytes[1] > 0x7f
      ? [bytes]
      : certificatesIn(bytes.toString('latin1'));
  });
}

const unique = (ders) => [...new Map(ders.map((der) => [keyOf(der), der])).values()];

/**
 * Leaves out what is never used although it is in the store: it is no CA and was issued by one, or its issuer is
 * missing.
 */
function withoutUseless(ders) {
  const names = new Set(ders.map((der) => identityOf(der)));
  const hasRoot = [...names].some((name) => /CN=Company Root$/.test(name) && /^0[12] /.test(name));
  return ders.filter((der) => {
    const { subject } = new X509Certificate(der);
    return subject !== 'CN=server.example' && (subject !== 'CN=Company Issuing' || hasRoot);
  });
}

let template;
let packaged;

async function compare(seed) {
  const dice = new Dice(seed);
  if (!template) {
    packaged = await makePackaged();
    template = temporaryTree();
    writePackaged(template, packaged.files);
    update(template);
  }
  const root = temporaryTree();
  cpSync(template, root, { recursive: true, verbatimSymlinks: true });
  retargetLinks(path.join(root, LINKS), template, root);
  const deselected = writeConf(root, dice, packaged.files);
  writeLocal(root, dice, packaged, deselected);
  const file = path.join(root, LINKS, 'ca-certificates.crt');
  const old = statSync(file).ino;
  const removed = new Set(update(root));
  const held = certificatesIn(readFileSync(file, 'latin1'));
  // Where nothing is selected the tool makes no bundle and leaves the old one, like a link.
  const isMade = statSync(file).ino !== old;
  const bundle = isMade ? held : [];
  const linked = [...linkedCertificates(root), ...(isMade ? [] : held)];
  retargetLinks(path.join(root, LINKS), root, '');
  const result = judge({ root, deselected, removed, bundle, linked });
  rmSync(root, { recursive: true });
  return result;
}

function judge({ root, deselected, removed, bundle, linked }) {
  const inBundle = new Set(bundle.map(signedPartOf));
  const out = [...deselected.keys()]
    .flatMap((name) => certificatesIn(packaged.files.get(name)))
    .filter((der) => !inBundle.has(signedPartOf(der)));
  // A certificate with the issuer and number of a deselected one is the same certificate, whatever the tool says.
  const gone = new Set(out.map(identityOf));
  const stays = (der) => !gone.has(identityOf(der));
  const system = withoutUseless(unique([...bundle, ...linked].filter(stays)));
  const trusted = unique([...rootCertificates.map(derOf).filter(stays), ...system]);
  const options = { root, env: {}, expired: true, intermediates: true };
  const ders = (pems) => pems.map(derOf);
  return {
    checked: system.length + trusted.length,
    found: [
      ...differences('getSystemCAs()', system, ders(getSystemCAs(options))),
      ...differences(
        'getTrustedCAs()',
        trusted,
        ders(getTrustedCAs({ system: options, userCAs: { env: false } })),
      ),
      ...toolSays(deselected, removed, inBundle),
    ],
  };
}

/** Checks that the tool removed the links of what is deselected here, and no other link without making it again. */
function toolSays(deselected, removed, inBundle) {
  const stem = (name) => path.basename(name, '.crt');
  const isOut = ([, text]) => certificatesIn(text).some((der) => !inBundle.has(signedPartOf(der)));
  const out = [...packaged.files].filter(isOut).map(([name]) => name);
  return [
    ...[...deselected]
      .filter(([name, verdict]) => verdict === 'deselected' && !removed.has(stem(name)))
      .map(([name]) => `the tool did not deselect ${name}`),
    ...out
      .filter((name) => removed.has(stem(name)) && !deselected.has(name))
      .map((name) => `the tool deselected ${name}`),
  ];
}

await compareSeeds('debian', compare);
