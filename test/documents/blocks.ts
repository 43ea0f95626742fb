/**
 * The code blocks of the documents, for the tests that run them.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface CodeBlock {
  document: string;
  language: string;
  code: string;
}

interface Quotes {
  documents(): string[];
  problems(document: string): string[];
  blocksRunBy(file: string): CodeBlock[];
}

const file = resolve(__dirname, '../../test/tools/quotes.mjs');

export async function loadQuotes(): Promise<Quotes> {
  return (await import(pathToFileURL(file).href)) as Quotes;
}

/** The blocks that name the test `file`, in the order of the documents. */
export async function blocksRunBy(test: string): Promise<CodeBlock[]> {
  return (await loadQuotes()).blocksRunBy(test);
}
