/** Packs the package and installs the tarball in a folder of its own, where only prebuilt addons can be found. */
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { install, pack, projectRoot } from '../../dist-test/packaging/packed.js';

export const installedFolder = path.join(
  projectRoot,
  'node_modules/.cache/os-truststore/installed',
);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  rmSync(installedFolder, { recursive: true, force: true });
  mkdirSync(installedFolder, { recursive: true });
  const tarball = await pack(installedFolder);
  await install(tarball.path, installedFolder);
  console.log(
    `${path.basename(tarball.path)}: ${tarball.files.length} files, ${tarball.unpackedSize} bytes`,
  );
}
