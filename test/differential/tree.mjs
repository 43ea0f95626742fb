/**
 * Splits DER into elements that can be changed one by one, and joins them again with correct lengths.
 */
import { Buffer } from 'node:buffer';

const SEQUENCE = 0x30;
const OCTET_STRING = 0x04;
export const BIT_STRING = 0x03;
const wrappers = new Set([OCTET_STRING, BIT_STRING]);

/** Returns the elements in `bytes`, or undefined when there are none. */
export function readElements(bytes) {
  const elements = [];
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at + 1];
    if (first === undefined || (bytes[at] & 0x1f) === 0x1f) return undefined;
    const size = first < 0x80 ? 0 : first - 0x80;
    const begin = at + 2 + size;
    if (size > 4 || begin > bytes.length || (first >= 0x80 && size === 0)) return undefined;
    const end = begin + (size === 0 ? first : bytes.readUIntBE(at + 2, size));
    if (end > bytes.length) return undefined;
    elements.push(readElement(bytes[at], bytes.subarray(begin, end)));
    at = end;
  }
  return elements;
}

/** Has `content`, or `children` behind `prefix`; DER inside an OCTET STRING or BIT STRING is split too. */
function readElement(tag, content) {
  const prefix = tag === BIT_STRING ? content.subarray(0, 1) : Buffer.alloc(0);
  const inner = content.subarray(prefix.length);
  const opens = (tag & 0x20) !== 0 || (wrappers.has(tag) && inner[0] === SEQUENCE);
  const children = opens ? readElements(inner) : undefined;
  return children ? { tag, prefix, children } : { tag, content };
}

export function lengthOf(size) {
  if (size < 0x80) return Buffer.of(size);
  const bytes = size < 0x100 ? 1 : size < 0x10000 ? 2 : 3;
  const length = Buffer.alloc(1 + bytes, 0x80 | bytes);
  length.writeUIntBE(size, 1, bytes);
  return length;
}

export function encode({ tag, prefix, children, content, frame }) {
  const inner = content ?? Buffer.concat([prefix, ...children.map(encode)]);
  if (frame) return frame(tag, inner);
  return Buffer.concat([Buffer.of(tag), lengthOf(inner.length), inner]);
}

export const flat = (element) => [element, ...(element.children ?? []).flatMap(flat)];
export const leaf = (tag, content) => ({ tag, content: Buffer.from(content) });
export const node = (tag, ...children) => ({ tag, prefix: Buffer.alloc(0), children });
export const hex = (text) => Buffer.from(text, 'hex');

export function copy({ children, ...rest }) {
  return children ? { ...rest, children: children.map(copy) } : rest;
}

/** Replaces an element by another. */
export function become(element, { tag, content, prefix, children }) {
  Object.assign(element, { tag, content, prefix, children });
}

export const contentOf = (element) =>
  element.content ?? Buffer.concat([element.prefix, ...element.children.map(encode)]);

/** Returns the named parts of a certificate; damaged ones are undefined. */
export function partsOf(root) {
  const fields = root.children?.[0]?.children ?? [];
  const offset = fields[0]?.tag === 0xa0 ? 1 : 0;
  const extensions = fields.find(({ tag }) => tag === 0xa3)?.children?.[0];
  return {
    fields,
    version: offset === 1 ? fields[0] : undefined,
    serial: fields[offset],
    issuer: fields[offset + 2],
    validity: fields[offset + 3],
    subject: fields[offset + 4],
    publicKey: fields[offset + 5],
    extensions: extensions?.children ? extensions : undefined,
  };
}
