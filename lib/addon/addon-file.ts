/**
 * Checks whether a file can be an addon for this process, before the system's loader sees it. A loader maps a truncated
 * library like a whole one, and the process then dies of SIGBUS when it touches a missing page.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const HEADER_SIZE = 64;

/** Values of `e_machine` from the ELF specification's supplements, by Node's names of architectures. */
const MACHINES: Readonly<Record<string, number>> = {
  ia32: 3,
  ppc64: 21,
  s390x: 22,
  arm: 40,
  x64: 62,
  arm64: 183,
  riscv64: 243,
  loong64: 258,
};

/** What is wrong with the file, as text. Undefined when nothing is, or when this system's loader checks it itself. */
export function addonFileProblem(
  path: string,
  platform: string = process.platform,
  arch: string = process.arch,
): string | undefined {
  // Windows and macOS refuse a file that is shorter than its headers say.
  if (platform === 'win32' || platform === 'darwin') return undefined;
  const file = openSync(path, 'r');
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) return 'it is not a regular file';
    const header = Buffer.alloc(HEADER_SIZE);
    readSync(file, header, 0, HEADER_SIZE, 0);
    return elfProblem(header, stats.size, arch);
  } finally {
    closeSync(file);
  }
}

/** `header` is the ELF file header (System V ABI, "ELF Header"). */
function elfProblem(header: Buffer, size: number, arch: string): string | undefined {
  if (size === 0) return 'it is empty';
  if (header.toString('latin1', 0, 4) !== '\x7fELF') return 'it is no ELF file';
  const littleEndian = header[5] === 1;
  const number16 = (at: number): number =>
    littleEndian ? header.readUInt16LE(at) : header.readUInt16BE(at);
  const machine = number16(18);
  const expected = MACHINES[arch];
  if (expected !== undefined && machine !== expected) {
    const name = Object.keys(MACHINES).find((key) => MACHINES[key] === machine);
    return `it is for ${name ?? `machine ${String(machine)}`}, not for ${arch}`;
  }
  if (header[4] !== 2) return undefined;
  const table = Number(littleEndian ? header.readBigUInt64LE(40) : header.readBigUInt64BE(40));
  // Linkers write the section headers last, so they are cut off in every truncated file.
  const end = table + number16(58) * number16(60);
  if (end > size) return `it is truncated: ${String(size)} of ${String(end)} bytes`;
  return undefined;
}
