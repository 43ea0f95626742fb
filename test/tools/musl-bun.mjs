/**
 * Makes Bun for musl runnable on a glibc system. Debian has musl's C library but no C++ library for it, so the few
 * functions that Bun needs come from the static library of the system's compiler. The addon needs none.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeElf } from '../../native/prebuild/linux-elf.mjs';
import { runtimes } from './runtimes/runtimes.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const folder = path.join(root, 'node_modules/.cache/os-truststore/musl');

/** A libstdc++ made for glibc needs these of its C library, and musl lacks them. */
const glibcOnly = `#include <stdint.h>
#include <sys/random.h>
char __libc_single_threaded = 0;
uint32_t arc4random(void) { uint32_t value; getrandom(&value, sizeof value, 0); return value; }
int _dl_find_object(void *address, void *result) { (void)address, (void)result; return -1; }
`;

/** Data of the C++ runtime that only Bun's relocations name. */
const lateWanted = ['_ZTVN10__cxxabiv121__vmi_class_type_infoE'];

const archive = (name) =>
  execFileSync('gcc', [`-print-file-name=${name}`], { encoding: 'utf8' }).trim();

/** The command to start, built by `buildMuslBun`. */
export const muslBun = path.join(folder, 'bun');

export function buildMuslBun() {
  mkdirSync(folder, { recursive: true });
  const source = path.join(folder, 'glibc-only.c');
  writeFileSync(source, glibcOnly);
  const wanted = describeElf(readFileSync(runtimes['bun-musl'])).imports.filter((name) =>
    /^(_Z|__dynamic_cast|__cxa_|__gxx_|_Unwind_|__(de)?register_frame)/.test(name),
  );
  execFileSync('musl-gcc', [
    '-shared',
    '-fPIC',
    ...[...wanted, ...lateWanted].map((name) => `-Wl,-u,${name}`),
    source,
    ...['libstdc++.a', 'libgcc_eh.a', 'libgcc.a'].map(archive),
    '-o',
    path.join(folder, 'libstdc++.so.6'),
  ]);
  const environment = `LD_LIBRARY_PATH='${folder}'`;
  writeFileSync(muslBun, `#!/bin/sh\n${environment} exec '${runtimes['bun-musl']}' "$@"\n`);
  chmodSync(muslBun, 0o755);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) buildMuslBun();
