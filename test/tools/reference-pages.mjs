/**
 * Writes a page of the API reference as Markdown, from what TypeDoc has read.
 */
import { ReflectionKind } from 'typedoc';

const groups = [
  ['Functions', ReflectionKind.Function],
  ['Errors', ReflectionKind.Class],
  ['Constants', ReflectionKind.Variable],
  ['Interfaces', ReflectionKind.Interface],
  ['Types', ReflectionKind.TypeAlias],
];
const width = 120;
/** Stands before each example, for test/tools/quotes.mjs. */
const examplesRun = '<!-- run: test/documents/room-examples.test.ts -->\n';

/** The comment at the head of a source file, as Markdown. */
export function moduleComment(source) {
  const [, inside] = /^\/\*\*\n([\s\S]*?)\n \*\//.exec(source);
  return inside.replace(/^ \*( |$)/gm, '');
}

/** Fills lines up to the width; leaves lists, code and headings as they are. */
function fill(text, indent = '') {
  const paragraphs = text.split(/\n(?=\s*(?:- |\n|$))/);
  let isCode = false;
  const filled = paragraphs.map((paragraph) => {
    const fences = paragraph.match(/```/g)?.length ?? 0;
    const keep = isCode || fences > 0 || /^\n? {4}/.test(paragraph);
    if (fences % 2 === 1) isCode = !isCode;
    return keep ? paragraph : fillParagraph(paragraph, indent);
  });
  return filled.join('\n').replace(/\n(?=[^\n])/g, `\n${indent}`);
}

function fillParagraph(paragraph, indent) {
  const [, start, text] = /^(\n*(?:\s*- )?)([\s\S]*)$/.exec(paragraph);
  const hanging = start.includes('- ') ? '  ' : '';
  const lines = [''];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1);
    if (line !== '' && line.length + word.length + indent.length + hanging.length >= width) {
      lines.push(word);
    } else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return start + lines.join(`\n${hanging}`);
}

const span = (text) => (text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``);

/** Code as a span, or as one on each line where it is long. Lines break between members of unions and parameters. */
function code(text, indent = '') {
  const lines = [];
  for (const piece of text.split(/(?<= \||,) /)) {
    const line = lines.at(-1);
    if (line === undefined || line.length + piece.length > width) lines.push(piece);
    else lines[lines.length - 1] = `${line} ${piece}`;
  }
  return lines.map(span).join(`\n${indent}`);
}

const anchorOf = (name) => name.toLowerCase().replace(/[^\w-]/g, '');

/** Where each name of a module has its heading: `page#anchor`. The second heading with an anchor gets `-1`, as on GitHub. */
export function headings(module, page) {
  const seen = new Map();
  const children = module?.children ?? [];
  const inOrder = groups.flatMap(([, kind]) => children.filter((child) => child.kind === kind));
  return inOrder.map((child) => {
    const anchor = anchorOf(child.name);
    const count = seen.get(anchor) ?? 0;
    seen.set(anchor, count + 1);
    return [child.name, { page, anchor: count === 0 ? anchor : `${anchor}-${count}` }];
  });
}

class Page {
  #page;
  /** Where names have their headings. */
  #places;

  constructor(page, places) {
    this.#page = page;
    this.#places = places;
  }

  link(name, shown = name) {
    const place = this.#places.get(name);
    if (place === undefined) return `\`${shown}\``;
    return `[\`${shown}\`](${place.page === this.#page ? '' : place.page}#${place.anchor})`;
  }

  /** The text of a comment, `{@link …}` as links. */
  text(parts) {
    return (parts ?? [])
      .map((part) => {
        if (part.kind !== 'inline-tag') return part.text;
        return this.link(part.target?.name ?? part.text, part.text);
      })
      .join('')
      .trim();
  }

  tags(comment, tag) {
    return (comment?.blockTags ?? []).filter((block) => block.tag === tag);
  }

  /** The description, and in the same paragraph what the value is by default. */
  description(comment) {
    const [fallback] = this.tags(comment, '@defaultValue');
    const value = this.text(fallback?.content).replace(/^```ts\n([\s\S]*)\n```$/, '$1');
    const shown =
      value === '' || value.includes('`') || value.includes(' ') ? value : `\`${value}\``;
    return [this.text(comment?.summary), shown === '' ? '' : `Default: ${shown}.`]
      .filter((text) => text !== '')
      .join(' ')
      .replace(/\.\.$/, '.');
  }

  /** The names of documented types that occur in the text of a type. */
  mentioned(text, but) {
    return [...this.#places.keys()].filter(
      (name) => name !== but && new RegExp(`(?<![\\w.])${name}(?!\\w)`).test(text),
    );
  }

  see(text, but) {
    const names = this.mentioned(text, but).map((name) => this.link(name));
    return names.length === 0 ? '' : fill(`See ${names.join(', ')}.`);
  }

  /** A member: its signature as code, and what it is. An overloaded method has a line for each signature. */
  member(child) {
    if (child.signatures === undefined) {
      const functions = child.type?.declaration?.signatures;
      return this.line(propertyText(child), child.comment ?? functions?.[0]?.comment);
    }
    return child.signatures
      .map((signature) =>
        this.line(`${memberName(child)}${signatureOf(signature)}`, signature.comment),
      )
      .join('\n');
  }

  line(signature, comment) {
    const [first, ...more] = [this.description(comment), ...this.remarks(comment)].filter(
      (text) => text !== '',
    );
    const head = `- ${code(signature, '  ')}`;
    if (first === undefined) return head;
    const start = fill(first, '  ');
    const isShort = head.length + start.split('\n')[0].length < width;
    const paragraphs = [`${head}:${isShort ? ' ' : '\n  '}${start}`];
    return [...paragraphs, ...more.map((text) => `  ${fill(text, '  ')}`)].join('\n\n');
  }

  /** What is returned and thrown. */
  remarks(comment) {
    const say = (tag, word) =>
      this.tags(comment, tag).map((block) => `${word} ${this.text(block.content)}`);
    return [...say('@returns', 'Returns'), ...say('@throws', 'Throws'), ...say('@example', '')];
  }

  callable(reflection) {
    return reflection.signatures.flatMap((signature) => {
      const text = `${reflection.name}${signatureOf(signature)}`;
      const parameters = (signature.parameters ?? [])
        .filter(({ comment }) => comment !== undefined)
        .map(
          (parameter) =>
            `- \`${parameter.name}\`: ${fill(this.description(parameter.comment), '  ')}`,
        );
      return [
        code(text),
        fill(this.description(signature.comment)),
        parameters.join('\n'),
        ...this.remarks(signature.comment).map((text) => fill(text)),
        this.see(text, reflection.name),
      ];
    });
  }

  members(reflection) {
    const own = (reflection.children ?? reflection.type?.declaration?.children ?? []).filter(
      (child) =>
        child.inheritedFrom === undefined && !/^(constructor|\[hasInstance\])$/.test(child.name),
    );
    const bases = (reflection.extendedTypes ?? []).map((type) => this.link(typeText(type)));
    return [
      bases.length === 0
        ? ''
        : `Has the members of ${bases.join(' and ')}${own.length > 0 ? ', and:' : '.'}`,
      own.map((child) => this.member(child)).join('\n'),
      this.see(own.map((child) => memberTypes(child)).join(' '), reflection.name),
    ];
  }

  declaration(reflection) {
    const body = () => {
      if (reflection.signatures) return this.callable(reflection);
      const start = fill(this.description(reflection.comment));
      if (reflection.kind === ReflectionKind.TypeAlias && !reflection.type.declaration?.children) {
        const text = typeText(reflection.type);
        return [code(text), start, this.see(text, reflection.name)];
      }
      return [start, ...this.members(reflection)];
    };
    return [`### ${reflection.name}`, ...body()].filter((text) => text !== '').join('\n\n');
  }
}

const memberTypes = (child) =>
  child.signatures ? child.signatures.map(signatureOf).join(' ') : typeText(child.type);

const memberName = ({ name }) => (name.startsWith('[') ? `[Symbol.${name.slice(1)}` : name);

/** A property or parameter. `undefined` is not said twice of one that may be missing. */
function propertyText(reflection) {
  const { name, type, flags, defaultValue } = reflection;
  const hasDefault = reflection.kind === ReflectionKind.Parameter && defaultValue !== undefined;
  const isOptional = flags.isOptional || hasDefault;
  const types = isOptional && type?.type === 'union' ? withoutUndefined(type.types) : [type];
  const text = types.length === 1 ? typeText(types[0]) : types.map(inUnion).join(' | ');
  return `${flags.isRest ? '...' : ''}${name}${isOptional ? '?' : ''}: ${text}`;
}

function signatureOf(signature) {
  const generics = (signature.typeParameters ?? []).map(({ name, type }) =>
    type ? `${name} extends ${typeText(type)}` : name,
  );
  const parameters = (signature.parameters ?? []).map(propertyText).join(', ');
  const start = generics.length === 0 ? '' : `<${generics.join(', ')}>`;
  return `${start}(${parameters}): ${typeText(signature.type)}`;
}

/** A type as TypeScript writes it, in one line. */
function typeText(type) {
  if (type === undefined) return 'unknown';
  if (type.type === 'reflection') return shapeText(type.declaration);
  if (type.type === 'union') return type.types.map(inUnion).join(' | ');
  if (type.type === 'array') return arrayText(type.elementType);
  if (type.type === 'optional') return `${typeText(type.elementType)}?`;
  if (type.type === 'typeOperator') return `${type.operator} ${typeText(type.target)}`;
  if (type.type === 'literal') return type.value === null ? 'null' : literalText(type.value);
  if (type.type === 'reference' && (type.typeArguments ?? []).length > 0) {
    if (/^Buffer$|^Uint8Array$/.test(type.name)) return type.name;
    return `${type.name}<${type.typeArguments.map(typeText).join(', ')}>`;
  }
  return type.toString();
}

const literalText = (value) => (typeof value === 'string' ? `'${value}'` : String(value));

const withoutUndefined = (types) =>
  types.filter((type) => !(type.type === 'intrinsic' && type.name === 'undefined'));

function inUnion(type) {
  const text = typeText(type);
  return type.type === 'reflection' && type.declaration.signatures ? `(${text})` : text;
}

function arrayText(element) {
  const text = typeText(element);
  return /[|&]|=>/.test(text) ? `(${text})[]` : `${text}[]`;
}

function shapeText(declaration) {
  const [signature] = declaration.signatures ?? [];
  if (signature) return signatureOf(signature).replace(/\): /, ') => ');
  const members = (declaration.children ?? []).map((child) =>
    child.signatures ? `${child.name}${signatureOf(child.signatures[0])}` : propertyText(child),
  );
  return `{ ${members.join('; ')} }`;
}

/** Names that another page has. */
function elsewhere(page, module) {
  const names = (module?.children ?? [])
    .filter((child) => child.kind === ReflectionKind.Reference)
    .map(({ name }) => page.link(name));
  return names.length === 0 ? [] : ['## Also exported', fill(`${names.join(', ')}.`)];
}

/** A whole page. Without `module` it is the comment alone; `places` says which page has a name. */
export function renderPage({ title, comment, module, page: file, places }) {
  const page = new Page(file, places);
  const sections = groups.flatMap(([heading, kind]) => {
    const found = (module?.children ?? []).filter((child) => child.kind === kind);
    if (found.length === 0) return [];
    return [`## ${heading}`, ...found.map((reflection) => page.declaration(reflection))];
  });
  const made =
    '<!-- Made by `npm run docs:api` from the types and comments of lib/. Do not edit. -->';
  const parts = [made, `# ${title}`, fill(comment), ...sections, ...elsewhere(page, module)];
  return `${parts.join('\n\n').replace(/^(?=```\w)/gm, examplesRun)}\n`;
}
