import type * as nodeModule from 'node:module';

import { codeOf, viaHttps } from '../attempts.js';
import { withStore } from '../scenario-tools.js';

/**
 * Makes loading files of the package fail whose paths match, as if it was removed or no more files may be opened.
 *
 * @returns a function that ends it
 */
function loseFiles(lost: RegExp): () => void {
  const modules = require('node:module') as typeof nodeModule & {
    _resolveFilename: (request: string, ...rest: unknown[]) => string;
  };
  const resolve = modules._resolveFilename;
  modules._resolveFilename = (request, ...rest) => {
    const path = resolve(request, ...rest);
    if (lost.test(path)) throw Object.assign(new Error(`${path} is lost`), { code: 'LOST' });
    return path;
  };
  return () => (modules._resolveFilename = resolve);
}

const attempt = (url: string): Promise<string> => viaHttps(url).catch(codeOf);

interface Input {
  url: string;
  root: string;
  distrusted: string;
}

/** The code that judges peers is lost and comes back. */
export async function judging({ url, root, distrusted }: Input): Promise<unknown> {
  const store = { anchors: [root], distrusted: [distrusted] };
  withStore(store).truststore.inject();
  const find = loseFiles(/parts\/judging/);
  const lost = [await attempt(url), await attempt(url)];
  find();
  return { lost, found: await attempt(url) };
}

/** Everything loaded late is of another build from now on, as if the package was updated. */
function replaceFiles(): void {
  const { prototype } = require('node:module') as {
    prototype: { _compile: (code: string, file: string) => unknown };
  };
  const compile = prototype._compile;
  prototype._compile = function (code, file) {
    return compile.call(this, code.replace(/\.check\("\w+"\)/, '.check("another")'), file);
  };
}

/** Start it with `os-truststore/register`; then something happens to everything that is loaded late. */
export async function afterStart({ url, what }: Input & { what: string }): Promise<unknown> {
  const warnings: string[] = [];
  process.on('warning', ({ message }) => warnings.push(message));
  if (what === 'removed') loseFiles(/\/parts\//);
  else replaceFiles();
  const viaFetch = await fetch(url).catch(codeOf);
  return { viaFetch, viaHttps: await attempt(url), warnings: warnings.join() };
}
