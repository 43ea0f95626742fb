/**
 * Tells which C library this process runs on. Any Linux can run runtimes built for either library, so this asks the running
 * program and not the distribution.
 */
import { closeSync, openSync, readSync } from 'node:fs';

export type CLibrary = 'glibc' | 'musl';

const PT_INTERP = 3;
const HEADERS_SIZE = 4096;
const MAX_PATH = 4096;

/** Undefined when unknown: the program has no dynamic loader of its own, or cannot be read. */
export function readCLibrary(program: string): CLibrary | undefined {
  try {
    const loader = readLoader(program);
    if (loader === undefined) return undefined;
    return /(^|\/)ld-musl-[^/]*$/.test(loader) ? 'musl' : 'glibc';
  } catch {
    return undefined;
  }
}

/** The C library of this process. `LIBC` overrides it, as for every package that uses node-gyp-build. */
export function currentCLibrary(): CLibrary {
  const named = process.env['LIBC'];
  if (named === 'glibc' || named === 'musl') return named;
  return readCLibrary(process.execPath) ?? askReport();
}

/** The path in the segment of type PT_INTERP (ELF specification, "Program Header"). */
function readLoader(program: string): string | undefined {
  const file = openSync(program, 'r');
  try {
    const headers = readAt(file, 0, HEADERS_SIZE);
    if (headers.toString('latin1', 0, 4) !== '\x7fELF') return undefined;
    // Every platform we build an addon for is 64-bit and little-endian.
    if (headers[4] !== 2 || headers[5] !== 1) return undefined;
    const first = Number(headers.readBigUInt64LE(32));
    const size = headers.readUInt16LE(54);
    const count = headers.readUInt16LE(56);
    for (let index = 0; index < count; index++) {
      const header = first + index * size;
      if (headers.readUInt32LE(header) !== PT_INTERP) continue;
      const length = Number(headers.readBigUInt64LE(header + 32));
      if (length > MAX_PATH) return undefined;
      const path = readAt(file, Number(headers.readBigUInt64LE(header + 8)), length);
      return path.toString('latin1').replace(/\0.*$/s, '');
    }
    return undefined;
  } finally {
    closeSync(file);
  }
}

function readAt(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, position));
}

/** Slow (the report looks up addresses), so only for programs whose loader cannot be read: those started through it. */
function askReport(): CLibrary {
  const report = process.report?.getReport() as { header?: object } | undefined;
  if (!report?.header) return 'glibc';
  return 'glibcVersionRuntime' in report.header ? 'glibc' : 'musl';
}
