/**
 * Explains to users what a file without certificates is, and why a path leads nowhere. Nothing here repeats the content of a
 * file, because it may be a private key.
 */

/** Files that users name by mistake are small; a larger one is not identified. */
const LOOKED_AT = 1024 * 1024;

const LENGTH = '(?:[0-7].|80|81..|82.{4}|83.{6}|84.{8})';
const SEQUENCE = `30${LENGTH}`;
const PRIVATE_KEY = 'a private key';
const REQUEST = 'a certificate request, which a CA has not signed';
const PUBLIC_KEY = 'a public key without a certificate';

/** Kinds of files by their first bytes, in hexadecimal. */
const BINARY_KINDS: readonly (readonly [string, string])[] = [
  // A PFX has version 3 (RFC 7292 §4).
  [
    `${SEQUENCE}020103`,
    'a PKCS#12 file: export its certificates with `openssl pkcs12 -in FILE -nokeys`',
  ],
  // The forms of PKCS#1, PKCS#8, SEC 1 and, with a password, PKCS#8 by PKCS#5 or PKCS#12.
  [`${SEQUENCE}(?:02010[01](?:02|04|30)|${SEQUENCE}06..2a864886f70d01(?:05|0c))`, PRIVATE_KEY],
  [`${SEQUENCE}${SEQUENCE}020100${SEQUENCE}31`, REQUEST],
  [`${SEQUENCE}${SEQUENCE}06`, PUBLIC_KEY],
  [
    '(?:feed){2}|(?:cece){2}',
    'a Java keystore: export its certificates with `keytool -exportcert -rfc`',
  ],
  ['504b0304', 'a ZIP archive'],
  ['1f8b', 'a gzip archive'],
];

/** Kinds of files by the names of their PEM blocks. */
const PEM_KINDS: readonly (readonly [RegExp, string])[] = [
  [/PRIVATE KEY/, PRIVATE_KEY],
  [/CERTIFICATE REQUEST/, REQUEST],
  [/PUBLIC KEY/, PUBLIC_KEY],
  [/CRL/, 'a revocation list'],
  [/CERTIFICATE/, 'a damaged certificate'],
  [/PKCS7|CMS/, 'a list without certificates'],
];

const PEM_LABEL = /-----BEGIN ([A-Z0-9 ]{1,40})-----/;
const PATH_LIKE = /^(?:[~/.]|[A-Za-z]:[\\/])[^\n]*$|^[^\n]*\.(?:pem|crt|cer|der|p7b)$/i;

/**
 * Why there is no certificate in `bytes`, as the end of a sentence; empty when the reason is unknown.
 *
 * @param problem - the reader's message, with the block and its line
 */
export function becauseOf(bytes: Uint8Array, problem: string | undefined): string {
  const kind = binaryKind(bytes);
  if (kind !== undefined) return `: it is ${kind}`;
  if (problem !== undefined) return `: ${problem}`;
  const bare = decodeBare(textOf(bytes));
  const inside = (bare && binaryKind(bare)) ?? textKind(textOf(bytes).trim());
  return inside === undefined ? '' : `: it is ${inside}`;
}

function binaryKind(bytes: Uint8Array): string | undefined {
  const begin = Buffer.from(bytes.subarray(0, 32)).toString('hex');
  return BINARY_KINDS.find(([pattern]) => new RegExp(`^(?:${pattern})`).test(begin))?.[1];
}

function textKind(text: string): string | undefined {
  if (text === '') return 'empty';
  const [, label] = PEM_LABEL.exec(text) ?? [];
  if (label !== undefined) {
    return PEM_KINDS.find(([pattern]) => pattern.test(label))?.[1] ?? `PEM of another kind`;
  }
  if (/^<(?:!doctype html|html|head|body)\b/i.test(text)) {
    return 'an HTML page, perhaps one that asks to sign in';
  }
  return PATH_LIKE.test(text) ? 'a path, which goes into userCAs.files' : undefined;
}

/** Latin-1 keeps every byte of data that is not text. UTF-16 is what PowerShell writes when it redirects output to a file. */
function textOf(bytes: Uint8Array): string {
  const begin = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, LOOKED_AT));
  const isUtf16 = begin[0] === 0xff && begin[1] === 0xfe;
  return begin.toString(isUtf16 ? 'utf16le' : 'latin1').replace(/^(?:\ufeff|\xef\xbb\xbf)/, '');
}

/**
 * Restores certificates that environment variables, JSON or YAML have changed: PEM whose line ends became a backslash and an
 * `n`, and base64 without the lines around it, either with or without quotes. Undefined for anything else.
 */
export function repaired(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length > LOOKED_AT) return undefined;
  const text = textOf(bytes);
  if (!text.includes('-----BEGIN ')) return decodeBare(text);
  const plain = withoutEscapes(text);
  return plain === text ? undefined : Buffer.from(plain, 'latin1');
}

/** Puts as many blanks in place of each escape, so that positions stay the same. */
function withoutEscapes(text: string): string {
  return text
    .replace(/\\+[rn]/g, (escape) => ' '.repeat(escape.length))
    .replace(/^\s*(["'])([^]*)\1\s*$/, ' $2 ');
}

function decodeBare(text: string): Buffer | undefined {
  const base64 = withoutEscapes(text).replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || base64.length % 4 !== 0) return undefined;
  return Buffer.from(base64, 'base64');
}

const PATH_FAULTS: readonly (readonly [RegExp, string])[] = [
  // In a list, this is the part before the colon.
  [/^file(?::|$)/i, 'it is a URL, not a path'],
  [/^["']|["']$/, 'the quotes are part of it'],
  [/^\s|\s$/, 'it begins or ends with white space'],
  [/^~/, '~ is expanded by shells alone'],
  [/\$\w|\$\{|%\w+%/, 'the variable in it was not expanded'],
];

/** Why nothing is found at a path, in brackets; empty when the path does not show it. */
export function hintOf(path: string, platform: NodeJS.Platform = process.platform): string {
  const [, fault] = PATH_FAULTS.find(([pattern]) => pattern.test(path)) ?? [];
  const isWindows = platform === 'win32';
  const isList = isWindows ? path.includes(';') : /[:;]/.test(path);
  const hint =
    fault ??
    (isList ? 'it looks like a list, and one path is read here' : undefined) ??
    (!isWindows && path.includes('\\') ? 'it has backslashes' : undefined);
  return hint === undefined ? '' : ` (${hint})`;
}
