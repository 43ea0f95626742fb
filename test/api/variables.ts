/**
 * The environment variables that the sources of the library name.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Words in capitals that are of OpenSSL, of TLS, of Node's errors or of Windows. */
const OTHER_WORDS =
  /^(?:CERT|CERTIFICATE|CURRENT|DEFAULT|ERR|LOCAL|SERVER|UNABLE|UND|UNRECOGNIZED)_/;

export function environmentVariables(root: string): string[] {
  const lib = join(root, 'lib');
  const sources = readdirSync(lib, { recursive: true })
    .map((name) => String(name).replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.ts') && !name.startsWith('report/page/'))
    .map((name) => readFileSync(join(lib, name), 'utf8'));
  const names = sources.flatMap((text) => [
    // Some are keys of tables, without quotation marks.
    ...(text.match(/\bOS_TRUSTSTORE_[A-Z_]*[A-Z]\b/g) ?? []),
    ...[...text.matchAll(/\benv\[['"](\w+)['"]\]/g)].map(([, name = '']) => name),
    ...[...text.matchAll(/['"]([A-Z][A-Z\d]*(?:_[A-Z\d]+)+|[A-Za-z]+_proxy)['"]/g)]
      .map(([, name = '']) => name)
      .filter((name) => !OTHER_WORDS.test(name)),
  ]);
  return [...new Set(names)].sort();
}
