/**
 * Makes the page as one file that loads nothing: it contains style, script and data, and its content security policy forbids
 * anything else to run or load.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

import { PACKAGE_ROOT } from '../location.js';
import { skeleton } from './skeleton.js';
import type { ReportData } from './types.js';

export interface PageAssets {
  script: string;
  style: string;
}

export function readPageAssets(): PageAssets {
  const read = (name: string): Buffer => readFileSync(join(PACKAGE_ROOT, 'dist', 'report', name));
  return {
    script: brotliDecompressSync(read('page.js.br')).toString(),
    style: read('page.css').toString(),
  };
}

export function renderReport(data: ReportData, { script, style }: PageAssets): string {
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Certificates of this machine – os-truststore</title>
<style>${style}</style>
</head>
<body>
${skeleton}
<script type="application/json" id="report-data">${toScriptJson(data)}</script>
<script>${script}</script>
</body>
</html>
`;
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

/**
 * HTML ends a script at `</script`, and `<!--` can hide that end, whatever the script's language. JSON can avoid these
 * characters (HTML Living Standard, restrictions for contents of script elements).
 */
export function toScriptJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
