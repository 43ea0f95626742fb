/**
 * Writes assignments of environment variables in the languages of shells. Pure.
 */
import { invalidArgument } from '../../errors.js';

export const envFormats = [
  'sh',
  'fish',
  'powershell',
  'cmd',
  'github-actions',
  'dockerfile',
  'json',
] as const;
export type EnvFormat = (typeof envFormats)[number];

/** Other names of shells that read one of these languages. */
export const formatAliases = { bash: 'sh', zsh: 'sh', pwsh: 'powershell' } as const;
export type FormatName = EnvFormat | keyof typeof formatAliases;

interface Language {
  assign: (name: string, value: string) => string;
  /** Undefined when the language has no comments. */
  comment?: (text: string) => string;
}

const hash = (text: string): string => `# ${text}`;

export const languages: Record<Exclude<EnvFormat, 'dockerfile' | 'json'>, Language> = {
  sh: {
    assign: (name, value) => `export ${name}='${value.replaceAll("'", "'\\''")}'`,
    comment: hash,
  },
  fish: {
    assign: (name, value) => `set -gx ${name} '${value.replace(/['\\]/g, '\\$&')}'`,
    comment: hash,
  },
  powershell: {
    // PowerShell treats typographic quotes as quotes.
    assign: (name, value) =>
      `$env:${name} = '${value.replace(/['\u2018\u2019\u201a\u201b]/g, '$&$&')}'`,
    comment: hash,
  },
  cmd: {
    assign: (name, value) => `set ${cmdText(`${name}=${value}`)}`,
    comment: (text) => `rem ${text.replaceAll('%', '%%')}`,
  },
  'github-actions': { assign: (name, value) => `${name}=${value}` },
};

/**
 * Quotation marks of the value would end those around it, and what cmd.exe acts on would stand outside. Carets escape one
 * character each, everywhere outside of quotation marks.
 */
function cmdText(assignment: string): string {
  const text = assignment.replaceAll('%', '%%');
  return text.includes('"') ? text.replace(/["^&|<>()]/g, '^$&') : `"${text}"`;
}

/** @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT` for a path that the language cannot express */
export function assignments(
  format: keyof typeof languages,
  variables: Readonly<Record<string, string>>,
  comments: readonly string[],
): string {
  const { assign, comment } = languages[format];
  const lines = Object.entries(variables).map(([name, value]) => {
    if (/[\r\n\0]/.test(value)) {
      throw invalidArgument(`the value of ${name}`, `one that ${format} can express`, value);
    }
    return assign(name, value);
  });
  return [...lines, ...(comment ? comments.map(comment) : [])].map((line) => `${line}\n`).join('');
}

/** Where the bundle goes in an image. Nothing in these paths needs quoting. */
const IMAGE_PATH = '/usr/local/share/os-truststore/ca-bundle.pem';

/** Lines for a Dockerfile. They copy the file, because a path of this machine means nothing in an image. */
export function dockerfile(
  file: string,
  names: readonly string[],
  comments: readonly string[],
): string {
  const variables = names.map((name) => `${name}=${IMAGE_PATH}`).join(' \\\n    ');
  const copy = `COPY ${JSON.stringify([file, IMAGE_PATH])}`;
  return `${[...comments.map(hash), copy, `ENV ${variables}`].join('\n')}\n`;
}
