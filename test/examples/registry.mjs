/** A registry of packages behind the company's proxy, with this package and what it needs. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { installedFolder } from '../tools/install-packed.mjs';

const url = 'https://registry.example';
const packed = readdirSync(installedFolder).find((name) => name.endsWith('.tgz'));

/** Returns a handler of requests; `folder` is for tarballs. */
export function registry(folder) {
  const modules = path.join(installedFolder, 'node_modules');
  const args = ['pack', '--ignore-scripts', path.join(modules, 'node-gyp-build')];
  spawnSync('npm', args, { cwd: folder });
  const gypBuild = readdirSync(folder).find((name) => name.startsWith('node-gyp-build'));
  const tarballs = {
    'os-truststore': readFileSync(path.join(installedFolder, packed)),
    'node-gyp-build': readFileSync(path.join(folder, gypBuild)),
  };
  const documentOf = (name) => {
    const manifest = JSON.parse(readFileSync(path.join(modules, name, 'package.json'), 'utf8'));
    const { version } = manifest;
    const digest = (algorithm) => createHash(algorithm).update(tarballs[name]);
    const dist = {
      tarball: `${url}/${name}/-/${name}-${version}.tgz`,
      integrity: `sha512-${digest('sha512').digest('base64')}`,
      shasum: digest('sha1').digest('hex'),
    };
    const versions = { [version]: { ...manifest, dist } };
    return JSON.stringify({ name, 'dist-tags': { latest: version }, versions });
  };
  return (request, response) => {
    const [, name, rest] = request.url.split('/');
    if (!(name in tarballs)) response.writeHead(404).end('{}');
    else response.end(rest === '-' ? tarballs[name] : documentOf(name));
  };
}
