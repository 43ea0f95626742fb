/**
 * Chooses what the compilers optimise for. Nearly all the time of a read goes into decoding and hashing, so these are
 * built for speed (building everything for speed was measured: it gains nothing more and makes the binaries a third
 * larger). The rest is built for size, because one package carries the binaries of all platforms.
 */
const hotSources = [
  'native/asn1/certificate.cc',
  'native/asn1/der_reader.cc',
  'native/input/sha256.cc',
  'native/pem/base64.cc',
  'native/pem/pem.cc',
];

const fast = ['-O2'];
/** zig takes -Oz for -Os, hence the second flag. Frame pointers save more in the unwind tables than they cost. */
const small = ['-Os', '-Xclang', '-Oz', '-fno-omit-frame-pointer'];

/** These flags apply to every source. The code never asks for an object's type at run time. */
export const commonFlags = [
  '-flto',
  '-fno-rtti',
  '-ffunction-sections',
  '-fdata-sections',
  '-Xclang',
  '-fmerge-functions',
];

export const optimizationFor = (source) =>
  hotSources.some((hot) => source.endsWith(hot)) ? fast : small;

/** Makes the same choice in a script that is called like a compiler, because gyp knows one set of flags per target. */
export function compilerScript(command) {
  return `#!/bin/sh
source=
for argument; do
  case $argument in *.cc) source=$argument ;; esac
done
case $source in
  '') ;;
  ${hotSources.map((hot) => `*/${hot}`).join(' | ')}) set -- "$@" ${fast.join(' ')} ;;
  *) set -- "$@" ${small.join(' ')} ;;
esac
exec ${command} "$@"
`;
}
