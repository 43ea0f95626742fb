/**
 * Makes lib/reference, the API reference, from the types and comments of lib/: a page for each entry point.
 *
 *   node test/tools/reference.mjs            writes the pages
 *   node test/tools/reference.mjs --check    fails when the pages are not what it would write
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application } from 'typedoc';
import { headings, moduleComment, renderPage } from './reference-pages.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const folder = path.join(root, 'lib', 'reference');

/** What several entry points export is on the first page. */
const entries = [
  { source: 'lib/first-use/index.ts', module: 'lib/first-use', page: 'first-use.md' },
  { source: 'lib/index.ts', module: 'lib', page: 'os-truststore.md' },
  { source: 'lib/register.ts', page: 'register.md' },
];
const titles = {
  'first-use.md': 'os-truststore/first-use',
  'os-truststore.md': 'os-truststore',
  'register.md': 'os-truststore/register',
};

async function readProject() {
  const app = await Application.bootstrap({
    entryPoints: entries
      .filter(({ module }) => module !== undefined)
      .map(({ source }) => path.join(root, source)),
    tsconfig: path.join(root, 'tsconfig.json'),
    basePath: root,
    excludeInternal: true,
    excludePrivate: true,
    excludeExternals: true,
    disableSources: true,
    disableGit: true,
    gitRevision: 'main',
    validation: false,
    sort: ['source-order'],
    skipErrorChecking: true,
    readme: 'none',
    logLevel: 'Error',
  });
  return await app.convert();
}

async function makePages() {
  const project = await readProject();
  const places = new Map();
  const modules = entries.map(({ module, page }) => {
    const found = project.children.find(({ name }) => name === module);
    for (const [name, place] of headings(found, page)) places.set(name, place);
    return found;
  });
  return entries.map(({ source, page }, index) => {
    const comment = moduleComment(readFileSync(path.join(root, source), 'utf8'));
    const text = renderPage({ title: titles[page], comment, module: modules[index], page, places });
    return [page, text];
  });
}

const current = (file) => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};

const isCheck = process.argv.includes('--check');
if (!isCheck) mkdirSync(folder, { recursive: true });
for (const [page, text] of await makePages()) {
  const file = path.join(folder, page);
  if (!isCheck) {
    writeFileSync(file, text);
  } else if (current(file) !== text) {
    console.error(`lib/reference/${page} is not made from lib/ as it is: run npm run docs:api`);
    process.exitCode = 1;
  }
}
