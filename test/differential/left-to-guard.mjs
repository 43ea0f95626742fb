/**
 * Lists what the reader keeps although some runtime refuses it, because another runtime takes it and real stores may
 * hold it. The guard at the hand-over asks the current runtime and leaves such a certificate out by name. What a Node
 * line refuses is not listed, because the reader itself refuses it.
 */
import { partsOf, readElements } from './tree.mjs';

const versionOf = ({ version }) => version?.children?.[0]?.content?.[0] ?? 0;
const has = ({ fields }, ...tags) => fields.some(({ tag }) => tags.includes(tag));

/** `applies` looks at the parts of a certificate; the first that applies is its kind. */
const kinds = [
  {
    runtime: 'bun',
    kind: 'a version 1 that is written out',
    why: 'X.690 §11.5 leaves defaults out, and BoringSSL insists on it; OpenSSL does not',
    applies: (parts) => parts.version !== undefined && versionOf(parts) === 0,
  },
  {
    runtime: 'bun',
    kind: 'fields that its version does not have yet',
    why: 'RFC 5280 §4.1.2.8, §4.1.2.9, and BoringSSL; old private roots have such extensions, and OpenSSL honours them',
    applies: (parts) =>
      (versionOf(parts) < 2 && has(parts, 0xa3)) ||
      (versionOf(parts) < 1 && has(parts, 0x81, 0x82)),
  },
  {
    runtime: 'deno',
    kind: 'what webpki does not read',
    why: 'it reads less than X.509 allows: no version 2, no unique identifiers, no extension value that it knows in another form, no two names of the signature algorithm',
    applies: () => true,
  },
];

/** Returns which of them `der` is for `runtime`, or undefined. */
export function kindOf(runtime, der) {
  const [root] = readElements(der) ?? [];
  if (!root) return undefined;
  const parts = partsOf(root);
  return kinds.find((each) => each.runtime === runtime && each.applies(parts))?.kind;
}
