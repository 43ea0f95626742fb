/**
 * Makes the JSON Schemas of what the command prints, lib/cli/schemas, from the types in lib/cli/documents.ts.
 *
 *   node test/tools/schemas.mjs [--check]
 *
 * Readers have to ignore fields they do not know, so the schemas allow them; the tests do not.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { createGenerator } from 'ts-json-schema-generator';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const folder = path.join(root, 'lib/cli/schemas');
const documents = {
  list: 'ListDocument',
  paths: 'PathsDocument',
  host: 'HostDocument',
  machine: 'MachineDocument',
};
const published = 'https://github.com/os-truststore/os-truststore/blob/main/lib/cli/schemas';

const generator = createGenerator({
  path: path.join(root, 'lib/cli/documents.ts'),
  tsconfig: path.join(root, 'tsconfig.json'),
  additionalProperties: true,
  skipTypeCheck: true,
  topRef: false,
});
const isCheck = process.argv.includes('--check');
mkdirSync(folder, { recursive: true });
for (const [kind, type] of Object.entries(documents)) {
  const { $schema, ...schema } = generator.createSchema(type);
  const $id = `${published}/${kind}.json`;
  const text = await format(JSON.stringify({ $schema, $id, title: type, ...schema }), {
    parser: 'json',
    printWidth: 100,
  });
  const file = path.join(folder, `${kind}.json`);
  if (!isCheck) writeFileSync(file, text);
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    console.error(`lib/cli/schemas/${kind}.json is not up to date: npm run docs:schemas`);
    process.exitCode = 1;
  }
}
