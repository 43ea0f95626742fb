/**
 * Checks that each fenced block of the documents is what a test runs.
 *
 *   node test/tools/quotes.mjs [--write] [document]...
 *
 * The line before a block says where it is run:
 *
 *   <!-- test/examples/FILE -->            the block is that file
 *   <!-- test/examples/FILE#REGION -->     the block is what stands in FILE between `// #region REGION` and
 *                                          `// #endregion` (`# region` and `# endregion` for sh and YAML), dedented
 *   <!-- run: FILE -->                     FILE runs the block as it stands
 *
 * `--write` puts the quoted files into the documents.
 */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const installed = /^(node_modules|fixtures|build|dist|dist-test)$/;
const read = (file) => readFileSync(path.join(root, file), 'utf8');

function markdownBelow(folder) {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return installed.test(entry.name) ? [] : markdownBelow(file);
    return entry.name.endsWith('.md') ? [file] : [];
  });
}

/** The documents of the repository, by their paths in it. */
export function documents() {
  const top = readdirSync(root).filter((name) => name.endsWith('.md'));
  return [...top, ...['.github', 'lib', 'native', 'test'].flatMap(markdownBelow)];
}

/**
 * The fenced blocks of a document: `line` of the fence (from 1), `indent`, `language`, `code`, and `mark`, the text of
 * the comment before it. `first` and `last` are the indices of the lines of code, the latter exclusive.
 */
export function codeBlocks(text) {
  const lines = text.split('\n');
  const blocks = [];
  for (let index = 0; index < lines.length; index++) {
    const fence = /^(\s*)(`{3,}|~{3,})\s*([\w-]*)/.exec(lines[index]);
    if (fence === null) continue;
    const [, indent, ticks, language] = fence;
    const first = index + 1;
    let last = first;
    while (last < lines.length && !lines[last].trimStart().startsWith(ticks)) last++;
    const dedented = lines.slice(first, last).map((line) => line.replace(indent, ''));
    const before = lines[index - 1]?.trim() || lines[index - 2]?.trim();
    const mark = /^<!-- (?:(run): )?(\S+) -->$/.exec(before ?? '');
    const marked = mark === null ? {} : { mark: mark[2], isRun: mark[1] === 'run' };
    blocks.push({
      line: first,
      indent,
      language,
      code: dedented.join('\n'),
      first,
      last,
      ...marked,
    });
    index = last;
  }
  return blocks;
}

/** The blocks that are marked with `run: file`, each with its document. */
export function blocksRunBy(file) {
  return documents().flatMap((document) =>
    codeBlocks(read(document))
      .filter(({ isRun, mark }) => isRun && mark === file)
      .map((block) => ({ ...block, document })),
  );
}

const regionLine = /^\s*(?:\/\/|#) ?#?(?:region\b|endregion\b)/;

function dedent(lines) {
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/));
  const least = Math.min(...indents);
  return lines.map((line) => line.slice(least)).join('\n');
}

/** What `FILE` or `FILE#REGION` holds, without the lines that mark regions. */
export function quoted(mark) {
  const [file, region] = mark.split('#');
  if (!existsSync(path.join(root, file))) throw new Error(`there is no ${file}`);
  const lines = read(file).trimEnd().split('\n');
  if (region === undefined) return lines.filter((line) => !regionLine.test(line)).join('\n');
  const start = lines.findIndex((line) =>
    new RegExp(`^\\s*(//|#) ?#?region ${region}$`).test(line),
  );
  if (start === -1) throw new Error(`${file} has no region ${region}`);
  const inside = [];
  let depth = 1;
  for (const line of lines.slice(start + 1)) {
    if (regionLine.test(line)) depth += line.includes('endregion') ? -1 : 1;
    else inside.push(line);
    if (depth === 0) return dedent(inside).trim();
  }
  throw new Error(`region ${region} of ${file} has no end`);
}

/** Commands without the comments that explain them. */
const commandsOf = (code) =>
  code
    .split('\n')
    .map((line) => line.replace(/(^|\s{2,})#.*/, '').trim())
    .filter((line) => line !== '');

/** Why `file` does not run the block: it must collect it, name its document, or hold each of its lines. */
function notRun({ mark, code }, document) {
  if (!existsSync(path.join(root, mark))) return `there is no ${mark}`;
  const text = read(mark);
  const collects = text.includes('blocksRunBy') && text.includes(`'${mark}'`);
  if (collects || text.includes(`'${document}'`)) return undefined;
  const missing = commandsOf(code).find((line) => !text.includes(line));
  return missing === undefined ? undefined : `${mark} does not run: ${missing}`;
}

function problemOf(block, document) {
  if (block.mark === undefined) return 'no comment before the block says which test runs it';
  if (block.isRun) return notRun(block, document);
  try {
    return quoted(block.mark) === block.code ? undefined : `the block is not ${block.mark}`;
  } catch (error) {
    return error.message;
  }
}

/** What is wrong with the blocks of `document`: a sentence each. */
export function problems(document) {
  return codeBlocks(read(document)).flatMap((block) => {
    const problem = problemOf(block, document);
    return problem === undefined ? [] : [`${document}:${block.line}: ${problem}`];
  });
}

/** Puts what is quoted into `document`. */
export function write(document) {
  const text = read(document);
  const lines = text.split('\n');
  for (const block of codeBlocks(text).reverse()) {
    if (block.mark === undefined || block.isRun) continue;
    const code = quoted(block.mark)
      .split('\n')
      .map((line) => (line === '' ? '' : block.indent + line));
    lines.splice(block.first, block.last - block.first, ...code);
  }
  if (lines.join('\n') !== text) writeFileSync(path.join(root, document), lines.join('\n'));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [named, flags] = [false, true].map((flag) =>
    process.argv.slice(2).filter((argument) => argument.startsWith('--') === flag),
  );
  const chosen = named.length > 0 ? named : documents();
  if (flags.includes('--write')) for (const document of chosen) write(document);
  const found = chosen.flatMap(problems);
  for (const problem of found) console.error(problem);
  process.exitCode = found.length > 0 ? 1 : 0;
}
