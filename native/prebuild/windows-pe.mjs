/**
 * Reads from a Windows executable file what a build must check (Microsoft's "PE Format").
 */
const machines = { 0x8664: 'x64', 0xaa64: 'arm64' };
const characteristics = { highEntropy: 0x20, dynamicBase: 0x40, nxCompatible: 0x100 };

class Image {
  constructor(bytes) {
    this.bytes = bytes;
    if (bytes.toString('latin1', 0, 2) !== 'MZ') throw new Error('not a PE file: no MZ');
    this.header = bytes.readUInt32LE(0x3c);
    if (bytes.readUInt32LE(this.header) !== 0x4550) throw new Error('not a PE file: no signature');
    this.optional = this.header + 24;
    if (bytes.readUInt16LE(this.optional) !== 0x20b) throw new Error('not a 64-bit PE file');
    const count = bytes.readUInt16LE(this.header + 6);
    const table = this.optional + bytes.readUInt16LE(this.header + 20);
    this.sections = Array.from({ length: count }, (_, index) => {
      const at = table + 40 * index;
      return {
        name: bytes.toString('latin1', at, at + 8).replace(/\0+$/, ''),
        address: bytes.readUInt32LE(at + 12),
        size: bytes.readUInt32LE(at + 16),
        offset: bytes.readUInt32LE(at + 20),
      };
    });
  }

  /** Converts an address relative to the image base to a file offset. */
  offset(address) {
    const section = this.sections.find(
      (candidate) => address >= candidate.address && address < candidate.address + candidate.size,
    );
    if (!section) throw new Error(`address ${address} is in no section`);
    return address - section.address + section.offset;
  }

  text(address) {
    const start = this.offset(address);
    return this.bytes.toString('latin1', start, this.bytes.indexOf(0, start));
  }

  directory(index) {
    return this.bytes.readUInt32LE(this.optional + 112 + 8 * index);
  }

  exports() {
    if (this.directory(0) === 0) return [];
    const at = this.offset(this.directory(0));
    const names = this.offset(this.bytes.readUInt32LE(at + 32));
    return Array.from({ length: this.bytes.readUInt32LE(at + 24) }, (_, index) =>
      this.text(this.bytes.readUInt32LE(names + 4 * index)),
    );
  }

  /** Lists the DLLs of one import directory. */
  libraries(directory, entrySize, nameOffset) {
    const libraries = [];
    if (this.directory(directory) === 0) return libraries;
    for (let at = this.offset(this.directory(directory)); ; at += entrySize) {
      const name = this.bytes.readUInt32LE(at + nameOffset);
      if (name === 0) return libraries;
      libraries.push(this.text(name).toLowerCase());
    }
  }
}

export function describePe(bytes) {
  const image = new Image(bytes);
  const machine = bytes.readUInt16LE(image.header + 4);
  const flags = bytes.readUInt16LE(image.optional + 70);
  return {
    arch: machines[machine] ?? `machine ${machine}`,
    timestamp: bytes.readUInt32LE(image.header + 8),
    imageBase: bytes.readBigUInt64LE(image.optional + 24),
    exports: image.exports(),
    imports: image.libraries(1, 20, 12),
    delayedImports: image.libraries(13, 32, 4),
    sections: image.sections.map(({ name }) => name),
    hardening: Object.keys(characteristics).filter((name) => flags & characteristics[name]),
  };
}

const entryPoints = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];

/**
 * Leaves only the two entry points in the export table. zig's unwinder marks its own functions for export, and zig's
 * linker has no option against it.
 */
export function keepEntryPoints(bytes) {
  const image = new Image(bytes);
  const table = image.offset(image.directory(0));
  const [functions, names, ordinals] = [28, 32, 36].map((field) =>
    image.offset(bytes.readUInt32LE(table + field)),
  );
  const exported = image.exports();
  const kept = entryPoints.map((name) => {
    const index = exported.indexOf(name);
    if (index < 0) throw new Error(`${name} is not exported`);
    const ordinal = bytes.readUInt16LE(ordinals + 2 * index);
    return {
      address: bytes.readUInt32LE(functions + 4 * ordinal),
      name: bytes.readUInt32LE(names + 4 * index),
    };
  });
  bytes.fill(0, functions, functions + 4 * bytes.readUInt32LE(table + 20));
  bytes.fill(0, names, names + 4 * exported.length);
  bytes.fill(0, ordinals, ordinals + 2 * exported.length);
  for (const [index, { address, name }] of kept.entries()) {
    bytes.writeUInt32LE(address, functions + 4 * index);
    bytes.writeUInt32LE(name, names + 4 * index);
    bytes.writeUInt16LE(index, ordinals + 2 * index);
  }
  bytes.writeUInt32LE(kept.length, table + 20);
  bytes.writeUInt32LE(kept.length, table + 24);
}

/** Removes the build time that zig's linker writes, because it would make every build differ. */
export function clearTimestamps(bytes) {
  const image = new Image(bytes);
  bytes.writeUInt32LE(0, image.header + 8);
  bytes.writeUInt32LE(0, image.offset(image.directory(0)) + 4);
}

/** Libraries that every supported Windows has; the code itself calls all but the last two. */
const allowedImports =
  /^(advapi32|crypt32|kernel32|ntdll|user32|msvcrt|api-ms-win-crt-[a-z]+-l1-1-0)\.dll$/;

/** Says in words what is wrong with a built addon; empty when it may be shipped. */
export function addonProblems(bytes, arch) {
  const pe = describePe(bytes);
  const problems = [];
  if (pe.arch !== arch) problems.push(`built for ${pe.arch}, not ${arch}`);
  if (pe.exports.sort().join() !== entryPoints.join()) {
    problems.push(`exports ${pe.exports.join(', ')}`);
  }
  // An import of node.exe would keep the addon out of hosts with another name: Electron, single executables.
  for (const library of [...pe.imports, ...pe.delayedImports]) {
    if (!allowedImports.test(library)) problems.push(`imports ${library}`);
  }
  if (pe.hardening.length !== 3) problems.push(`hardened only by ${pe.hardening.join(', ')}`);
  if (pe.sections.some((name) => name.startsWith('.debug') || name.startsWith('/'))) {
    problems.push('not stripped');
  }
  return problems;
}
