/**
 * What an ELF shared object says about itself, as far as a build must check it (System V ABI, "Object Files" and "Symbol
 * Versioning"), and which of that a build takes away.
 */
import { libcSymbols, optionalSymbols, otherSymbols } from './either-libc.mjs';

const machines = { 62: 'x64', 183: 'arm64' };
const sectionTypes = { symtab: 2, dynamic: 6, dynsym: 11, verneed: 0x6ffffffe, versym: 0x6fffffff };
const dynamicTags = { needed: 1, rpath: 15, runpath: 29 };
const bind = { local: 0, weak: 2 };
/** Of a symbol that is wanted in any version: glibc then takes the oldest. */
const anyVersion = 1;

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

  dynamicEntries() {
    const section = this.section(sectionTypes.dynamic);
    return Array.from({ length: section.size / 16 }, (_, index) => {
      const at = section.offset + 16 * index;
      return { at, tag: this.number(at), value: this.number(at + 8) };
    });
  }

  dynamicStrings(tag) {
    const section = this.section(sectionTypes.dynamic);
    const entries = this.dynamicEntries().filter((entry) => entry.tag === tag);
    return entries.map(({ value }) => this.string(section, value));
  }

  symbols() {
    const section = this.section(sectionTypes.dynsym);
    const versions = this.section(sectionTypes.versym);
    return Array.from({ length: section.size / 24 - 1 }, (_, index) => {
      const at = section.offset + 24 * (index + 1);
      const versionAt = versions && versions.offset + 2 * (index + 1);
      return {
        name: this.string(section, this.bytes.readUInt32LE(at)),
        binding: this.bytes[at + 4] >> 4,
        defined: this.bytes.readUInt16LE(at + 6) !== 0,
        versionAt,
        versioned: versionAt !== undefined && this.bytes.readUInt16LE(versionAt) > anyVersion,
      };
    });
  }

  /** The tables of symbol versions needed, one for each library. */
  versionTables() {
    const section = this.section(sectionTypes.verneed);
    let at = section?.offset;
    return Array.from({ length: section?.info ?? 0 }, () => {
      const table = at;
      at += this.bytes.readUInt32LE(at + 12);
      return table;
    });
  }

  /** Symbol versions needed of other libraries, such as `GLIBC_2.17` of `libc.so.6`. */
  versions() {
    const section = this.section(sectionTypes.verneed);
    return this.versionTables().flatMap((table) => {
      const library = this.string(section, this.bytes.readUInt32LE(table + 4));
      let at = table + this.bytes.readUInt32LE(table + 8);
      return Array.from({ length: this.bytes.readUInt16LE(table + 2) }, () => {
        const version = this.string(section, this.bytes.readUInt32LE(at + 8));
        at += this.bytes.readUInt32LE(at + 12);
        return { library, version };
      });
    });
  }
}

const libcOfGlibc = 'libc.so.6';

/**
 * Takes out the names of the libraries the addon was linked with. The program that loads it has its C library loaded
 * already, and Bun for musl refuses a file that names glibc's.
 *
 * glibc looks for the wanted version of a function in the library named beside that version, and ends the process if it
 * is not loaded; until 2.34 it fails as well if the function is in another. So only libc.so.6 may be named there, which
 * every process has, and only by the functions it has in every glibc. The others are wanted in any version: they have one.
 */
export function forgetLibraries(bytes) {
  const object = new SharedObject(bytes);
  const section = object.section(sectionTypes.dynamic);
  const entries = object.dynamicEntries();
  const isNeeded = ({ tag }) => tag === dynamicTags.needed;
  const libc = entries.find(
    (entry) => isNeeded(entry) && object.string(section, entry.value) === libcOfGlibc,
  );
  for (const table of object.versionTables()) bytes.writeUInt32LE(libc.value, table + 4);
  for (const { name, versionAt } of object.symbols()) {
    if (otherSymbols.has(name)) bytes.writeUInt16LE(anyVersion, versionAt);
  }
  const kept = entries.filter((entry) => !isNeeded(entry));
  const copy = Buffer.concat(kept.map(({ at }) => bytes.subarray(at, at + 16)));
  bytes.fill(0, section.offset, section.offset + section.size);
  copy.copy(bytes, section.offset);
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
    versionedImports: names(({ defined, versioned }) => !defined && versioned),
    stripped: object.section(sectionTypes.symtab) === undefined,
    debug: object.sectionNames().some((name) => name.startsWith('.debug')),
  };
}

const isNewer = (version, ceiling) => {
  const [major, minor] = version.split('.').map(Number);
  const [ceilingMajor, ceilingMinor] = ceiling.split('.').map(Number);
  return major > ceilingMajor || (major === ceilingMajor && minor > ceilingMinor);
};

/** What is wrong with a built addon, in words; empty when it may be shipped. */
export function linuxAddonProblems(bytes, { arch, glibcCeiling, entryPoints, nodeApi }) {
  const elf = describeElf(bytes);
  const problems = [];
  if (elf.arch !== arch) problems.push(`built for ${elf.arch}, not ${arch}`);
  if (elf.exports.sort().join() !== entryPoints.join()) problems.push(`exports ${elf.exports}`);
  for (const library of elf.needed) problems.push(`needs ${library}`);
  if (elf.searchPaths.length > 0) problems.push(`searches ${elf.searchPaths}`);
  for (const { library, version } of elf.versions) {
    const glibc = /^GLIBC_([\d.]+)$/.exec(version)?.[1];
    if (library !== libcOfGlibc || glibc === undefined) {
      problems.push(`needs ${version} of ${library}`);
    } else if (isNewer(glibc, glibcCeiling)) problems.push(`needs glibc ${glibc}`);
  }
  const known = [libcSymbols, otherSymbols, nodeApi];
  for (const name of elf.imports) {
    if (!known.some((names) => names.has(name))) problems.push(`imports ${name}`);
  }
  for (const name of elf.weakImports) {
    if (!optionalSymbols.has(name)) problems.push(`imports ${name}`);
  }
  for (const name of elf.versionedImports) {
    if (!libcSymbols.has(name)) problems.push(`needs a version of ${name}`);
  }
  if (!elf.stripped || elf.debug) problems.push('not stripped');
  return problems;
}
