/**
 * Reads from an ELF shared object what a build must check (System V ABI, "Object Files" and "Symbol Versioning").
 */
const machines = { 62: 'x64', 183: 'arm64' };
const sectionTypes = { symtab: 2, dynamic: 6, dynsym: 11, verneed: 0x6ffffffe, versym: 0x6fffffff };
const dynamicTags = { needed: 1, rpath: 15, runpath: 29 };
const bind = { local: 0, weak: 2 };

class SharedObject {
  constructor(bytes) {
    this.bytes = bytes;
    if (bytes.toString('latin1', 0, 4) !== '\x7fELF') throw new Error('not an ELF file');
    if (bytes[4] !== 2 || bytes[5] !== 1) throw new Error('not a 64-bit little-endian ELF file');
    const table = this.number(0x28);
    const count = bytes.readUInt16LE(0x3c);
    this.sections = Array.from({ length: count }, (_, index) => {
      const at = table + 64 * index;
      return {
        name: bytes.readUInt32LE(at),
        type: bytes.readUInt32LE(at + 4),
        offset: this.number(at + 24),
        size: this.number(at + 32),
        link: bytes.readUInt32LE(at + 40),
        info: bytes.readUInt32LE(at + 44),
      };
    });
  }

  number(at) {
    return Number(this.bytes.readBigUInt64LE(at));
  }

  section(type) {
    return this.sections.find((section) => section.type === type);
  }

  text(start) {
    return this.bytes.toString('latin1', start, this.bytes.indexOf(0, start));
  }

  /** Reads a string of the table that a section names. */
  string(section, offset) {
    return this.text(this.sections[section.link].offset + offset);
  }

  sectionNames() {
    const names = this.sections[this.bytes.readUInt16LE(0x3e)];
    return this.sections.map(({ name }) => this.text(names.offset + name));
  }

  dynamicStrings(tag) {
    const section = this.section(sectionTypes.dynamic);
    const found = [];
    for (let at = section.offset; at < section.offset + section.size; at += 16) {
      if (this.number(at) === tag) found.push(this.string(section, this.number(at + 8)));
    }
    return found;
  }

  symbols() {
    const section = this.section(sectionTypes.dynsym);
    return Array.from({ length: section.size / 24 - 1 }, (_, index) => {
      const at = section.offset + 24 * (index + 1);
      return {
        name: this.string(section, this.bytes.readUInt32LE(at)),
        binding: this.bytes[at + 4] >> 4,
        defined: this.bytes.readUInt16LE(at + 6) !== 0,
      };
    });
  }

  /** Lists the symbol versions needed of other libraries, such as `GLIBC_2.17`. */
  versions() {
    const section = this.section(sectionTypes.verneed);
    const versions = [];
    if (section === undefined) return versions;
    for (let library = section.offset, left = section.info; left > 0; left -= 1) {
      let at = library + this.bytes.readUInt32LE(library + 8);
      for (let rest = this.bytes.readUInt16LE(library + 2); rest > 0; rest -= 1) {
        versions.push(this.string(section, this.bytes.readUInt32LE(at + 8)));
        at += this.bytes.readUInt32LE(at + 12);
      }
      library += this.bytes.readUInt32LE(library + 12);
    }
    return versions;
  }
}

export function describeElf(bytes) {
  const object = new SharedObject(bytes);
  const machine = bytes.readUInt16LE(0x12);
  const symbols = object.symbols();
  const names = (wanted) => symbols.filter(wanted).map(({ name }) => name);
  return {
    arch: machines[machine] ?? `machine ${machine}`,
    needed: object.dynamicStrings(dynamicTags.needed),
    searchPaths: [
      ...object.dynamicStrings(dynamicTags.rpath),
      ...object.dynamicStrings(dynamicTags.runpath),
    ],
    versions: object.versions(),
    exports: names(({ defined, binding }) => defined && binding !== bind.local),
    imports: names(({ defined, binding }) => !defined && binding !== bind.weak),
    weakImports: names(({ defined, binding }) => !defined && binding === bind.weak),
    stripped: object.section(sectionTypes.symtab) === undefined,
    debug: object.sectionNames().some((name) => name.startsWith('.debug')),
  };
}

const systemLibraries = {
  glibc: /^(lib(c|dl|m|pthread|rt)\.so\.\d+|ld-linux-(x86-64|aarch64)\.so\.\d)$/,
  musl: /^libc\.so$/,
};

const isNewer = (version, ceiling) => {
  const [major, minor] = version.split('.').map(Number);
  const [ceilingMajor, ceilingMinor] = ceiling.split('.').map(Number);
  return major > ceilingMajor || (major === ceilingMajor && minor > ceilingMinor);
};

/** Says in words what is wrong with a built addon; empty when it may be shipped. */
export function linuxAddonProblems(bytes, { arch, libc, glibcCeiling, entryPoints, nodeApi }) {
  const elf = describeElf(bytes);
  const problems = [];
  if (elf.arch !== arch) problems.push(`built for ${elf.arch}, not ${arch}`);
  if (elf.exports.sort().join() !== entryPoints.join()) problems.push(`exports ${elf.exports}`);
  for (const library of elf.needed) {
    if (!systemLibraries[libc].test(library)) problems.push(`needs ${library}`);
  }
  if (elf.searchPaths.length > 0) problems.push(`searches ${elf.searchPaths}`);
  for (const version of new Set(elf.versions)) {
    const glibc = /^GLIBC_([\d.]+)$/.exec(version)?.[1];
    if (glibc === undefined) problems.push(`needs ${version}`);
    else if (isNewer(glibc, glibcCeiling)) problems.push(`needs glibc ${glibc}`);
  }
  for (const name of elf.imports) {
    const isForeign = /^(_Z|uv_|v8|node_|SSL_|X509_|OPENSSL_|CRYPTO_|EVP_)/.test(name);
    if (isForeign || (name.startsWith('napi_') && !nodeApi.has(name))) {
      problems.push(`imports ${name}`);
    }
  }
  if (!elf.stripped || elf.debug) problems.push('not stripped');
  return problems;
}
