/**
 * Reads Mach-O files as far as checking an addon requires: what loads it, what it imports and exports, and whether its
 * code signature holds. The formats are those of Apple's <mach-o/loader.h> and cs_blobs.h.
 */
import { createHash } from 'node:crypto';

const CPU = new Map([
  [0x01000007, 'x86_64'],
  [0x0100000c, 'arm64'],
]);
const COMMAND = {
  symbols: 0x2,
  loadDylib: 0xc,
  idDylib: 0xd,
  segment: 0x19,
  codeSignature: 0x1d,
  dyldInfo: 0x80000022,
  exportsTrie: 0x80000033,
  chainedFixups: 0x80000034,
  loadWeakDylib: 0x80000018,
  reexportDylib: 0x8000001f,
  buildVersion: 0x32,
};
const PLATFORM_MACOS = 1;
const FLAT_LOOKUP = 0xfe;

const cString = (bytes, offset) => bytes.toString('latin1', offset, bytes.indexOf(0, offset));

function uleb(bytes, start) {
  let value = 0;
  let offset = start;
  for (let shift = 1; ; shift *= 128) {
    const byte = bytes[offset++];
    value += (byte & 0x7f) * shift;
    if (byte < 0x80) return { value, offset };
  }
}

/** Returns the slices of a universal file, or the file itself. */
function slicesOf(bytes) {
  if (bytes.readUInt32BE(0) !== 0xcafebabe) return [{ bytes, offset: 0, aligned: true }];
  return Array.from({ length: bytes.readUInt32BE(4) }, (_, index) => {
    const entry = 8 + 20 * index;
    const offset = bytes.readUInt32BE(entry + 8);
    const size = bytes.readUInt32BE(entry + 12);
    const alignment = 2 ** bytes.readUInt32BE(entry + 16);
    return {
      bytes: bytes.subarray(offset, offset + size),
      offset,
      aligned: offset % alignment === 0 && offset + size <= bytes.length,
    };
  });
}

function loadCommands(bytes) {
  const commands = [];
  let offset = 32;
  for (let index = bytes.readUInt32LE(16); index > 0; index--) {
    const size = bytes.readUInt32LE(offset + 4);
    commands.push({ id: bytes.readUInt32LE(offset), offset, size });
    offset += size;
  }
  return commands;
}

/** Lists the names in the export trie, which dyld looks names up in. */
function exportedNames(bytes, start, size) {
  const trie = bytes.subarray(start, start + size);
  const names = [];
  const walk = (nodeOffset, prefix) => {
    const terminal = uleb(trie, nodeOffset);
    if (terminal.value > 0) names.push(prefix);
    let offset = terminal.offset + terminal.value;
    for (let children = trie[offset++]; children > 0; children--) {
      const edge = cString(trie, offset);
      const child = uleb(trie, offset + edge.length + 1);
      offset = child.offset;
      walk(child.value, prefix + edge);
    }
  };
  if (size > 0) walk(0, '');
  return names.sort();
}

/** Lists the undefined symbols, each with the library it is bound to. */
function importedSymbols(bytes, symbolCommand, dylibs) {
  const [symbols, count, strings] = [8, 12, 16].map((field) =>
    bytes.readUInt32LE(symbolCommand.offset + field),
  );
  const imports = [];
  for (let index = 0; index < count; index++) {
    const entry = symbols + 16 * index;
    const type = bytes[entry + 4];
    if ((type & 0xe0) !== 0 || (type & 0x0e) !== 0) continue;
    const ordinal = bytes.readUInt16LE(entry + 6) >> 8;
    imports.push({
      name: cString(bytes, strings + bytes.readUInt32LE(entry)),
      library: ordinal === FLAT_LOOKUP ? 'host' : (dylibs[ordinal - 1] ?? `ordinal ${ordinal}`),
    });
  }
  return imports;
}

/** Says what is wrong with the hashes of a code directory. */
function codeDirectoryProblems(bytes, directory, signatureOffset) {
  const field = (offset) => directory.readUInt32BE(offset);
  const [hashOffset, codeSlots, codeLimit] = [field(16), field(28), field(32)];
  const hashSize = directory[36];
  const pageSize = 2 ** directory[39];
  const problems = [];
  if (directory[37] !== 2) problems.push('signature does not use SHA-256');
  if ((field(12) & 0x2) === 0) problems.push('signature is not ad hoc');
  if (codeLimit !== signatureOffset) problems.push('signature does not cover the whole code');
  if (codeSlots !== Math.ceil(codeLimit / pageSize)) problems.push('wrong number of page hashes');
  for (let page = 0; page < codeSlots; page++) {
    const code = bytes.subarray(page * pageSize, Math.min((page + 1) * pageSize, codeLimit));
    const actual = createHash('sha256').update(code).digest().subarray(0, hashSize);
    const start = hashOffset + page * hashSize;
    if (!actual.equals(directory.subarray(start, start + hashSize))) {
      problems.push(`hash of page ${page} does not match`);
    }
  }
  return problems;
}

function signatureProblems(bytes, command) {
  if (command === undefined) return ['no code signature'];
  const offset = bytes.readUInt32LE(command.offset + 8);
  const size = bytes.readUInt32LE(command.offset + 12);
  const blob = bytes.subarray(offset, offset + size);
  const problems = [];
  if (offset % 16 !== 0) problems.push('signature is not aligned');
  if (offset + size !== bytes.length) problems.push('signature is not at the end of the file');
  if (blob.length < 12 || blob.readUInt32BE(0) !== 0xfade0cc0) {
    return [...problems, 'signature is damaged'];
  }
  const directories = Array.from({ length: blob.readUInt32BE(8) }, (_, index) =>
    blob.subarray(blob.readUInt32BE(16 + 8 * index)),
  ).filter((entry) => entry.readUInt32BE(0) === 0xfade0c02);
  if (directories.length === 0) problems.push('signature has no code directory');
  return directories.reduce(
    (all, directory) => [...all, ...codeDirectoryProblems(bytes, directory, offset)],
    problems,
  );
}

const version = (packed) => `${packed >> 16}.${(packed >> 8) & 0xff}`;

function readSlice({ bytes, offset, aligned }) {
  const commands = loadCommands(bytes);
  const find = (id) => commands.find((command) => command.id === id);
  const build = find(COMMAND.buildVersion);
  const dylibs = commands
    .filter(({ id }) =>
      [COMMAND.loadDylib, COMMAND.loadWeakDylib, COMMAND.reexportDylib].includes(id),
    )
    .map((command) => cString(bytes, command.offset + bytes.readUInt32LE(command.offset + 8)));
  const info = find(COMMAND.dyldInfo);
  const trie = find(COMMAND.exportsTrie);
  const [exportStart, exportSize] = info
    ? [40, 44].map((field) => bytes.readUInt32LE(info.offset + field))
    : [8, 12].map((field) => bytes.readUInt32LE(trie.offset + field));
  return {
    bytes,
    offset,
    aligned,
    architecture: CPU.get(bytes.readUInt32LE(4)) ?? 'unknown',
    isBundle: bytes.readUInt32LE(12) === 8,
    platform: build === undefined ? undefined : bytes.readUInt32LE(build.offset + 8),
    minimumOS: build === undefined ? undefined : version(bytes.readUInt32LE(build.offset + 12)),
    dylibs,
    exports: exportedNames(bytes, exportStart, exportSize),
    imports: importedSymbols(bytes, find(COMMAND.symbols), dylibs),
    signatureProblems: signatureProblems(bytes, find(COMMAND.codeSignature)),
  };
}

/** Reads every slice of a Mach-O file. Throws when the bytes are not one. */
export function readMachO(bytes) {
  return slicesOf(bytes).map((slice) => {
    if (slice.bytes.readUInt32LE(0) !== 0xfeedfacf) throw new Error('not a 64-bit Mach-O file');
    return readSlice(slice);
  });
}

const allowedDylibs = [
  '/System/Library/Frameworks/CoreFoundation.framework/Versions/A/CoreFoundation',
  '/System/Library/Frameworks/Security.framework/Versions/A/Security',
  '/usr/lib/libSystem.B.dylib',
  '/usr/lib/libc++.1.dylib',
];
/**
 * native/macos/chain_verifier.cc evaluates chains with these; any other import that evaluates or changes trust is a
 * mistake.
 */
const verifierImports = [
  '_SecPolicyCreateRevocation',
  '_SecPolicyCreateSSL',
  '_SecTrustCopyResult',
  '_SecTrustCreateWithCertificates',
  '_SecTrustEvaluateWithError',
  '_SecTrustGetCertificateAtIndex',
  '_SecTrustGetCertificateCount',
  '_SecTrustSetAnchorCertificates',
  '_SecTrustSetAnchorCertificatesOnly',
  '_SecTrustSetNetworkFetchAllowed',
  '_kSecTrustRevocationChecked',
];
const entryPoints = ['_napi_register_module_v1', '_node_api_module_get_api_version_v1'];

function sliceProblems(slice, nodeApi) {
  const problems = [...slice.signatureProblems];
  const same = (actual, expected) =>
    JSON.stringify([...actual].sort()) === JSON.stringify(expected);
  if (!slice.isBundle) problems.push('not a bundle');
  if (!slice.aligned) problems.push('slice is not aligned');
  if (slice.platform !== PLATFORM_MACOS) problems.push(`platform ${slice.platform}, not macOS`);
  if (slice.minimumOS !== '11.0') problems.push(`needs macOS ${slice.minimumOS}, not 11.0`);
  if (!same(slice.dylibs, allowedDylibs)) problems.push(`loads ${slice.dylibs.join(', ')}`);
  if (!same(slice.exports, entryPoints)) problems.push(`exports ${slice.exports.join(', ')}`);
  for (const { name, library } of slice.imports) {
    if (library === 'host' && !nodeApi.has(name.slice(1))) {
      problems.push(`looks for ${name} in the host`);
    } else if (
      /SecTrust(?!Settings)|SecPolicyCreate|SecTrustSettingsSet/.test(name) &&
      !verifierImports.includes(name)
    ) {
      problems.push(`uses ${name}`);
    }
  }
  return problems.map((problem) => `${slice.architecture}: ${problem}`);
}

/** Lists why a file is not our addon for macOS; empty when it is. `nodeApi` holds what any host offers. */
export function addonProblems(bytes, nodeApi) {
  let slices;
  try {
    slices = readMachO(bytes);
  } catch (error) {
    return [error.message];
  }
  const architectures = slices.map(({ architecture }) => architecture).sort();
  const problems = slices.flatMap((slice) => sliceProblems(slice, nodeApi));
  if (architectures.join() !== 'arm64,x86_64') {
    problems.unshift(`holds ${architectures.join(', ')}`);
  }
  return problems;
}
