/**
 * Installs the one tarball of a folder as a user would, with install scripts blocked, and reads this system's store
 * through its addon. Needs none of the project's own dependencies.
 *
 *   node test/tools/try-tarball.mjs FOLDER
 */
import { execSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

const source = path.resolve(process.argv[2]);
const tarballs = readdirSync(source).filter((name) => name.endsWith('.tgz'));
if (tarballs.length !== 1) throw new Error(`${tarballs.length} tarballs in ${source}`);

const folder = mkdtempSync(path.join(os.tmpdir(), 'os-truststore-tarball-'));
try {
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
  const flags = '--ignore-scripts --omit=dev --no-audit --no-fund --loglevel=error';
  execSync(`npm install ${flags} "${path.join(source, tarballs[0])}"`, {
    cwd: folder,
    stdio: 'inherit',
  });
  const truststore = createRequire(path.join(folder, 'package.json'))('os-truststore');
  const { strategy, errors, certificates } = truststore.readSystemStore();
  const trusted = truststore.getSystemCAs();
  const platform = `${process.platform}-${process.arch}, Node ${process.versions.node}`;
  console.log(
    `${platform}: ${certificates.length} certificates, ${trusted.length} trusted, by ${strategy}`,
  );
  for (const error of errors) console.error(`${error.code}: ${error.message}`);
  if (strategy !== 'addon' || trusted.length === 0) process.exitCode = 1;
} finally {
  // Windows keeps a loaded addon open until the process ends.
  if (process.platform !== 'win32') rmSync(folder, { recursive: true, force: true });
}
