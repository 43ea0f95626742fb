/**
 * What the compilers are asked to optimise for. Nearly all the time of a read goes into decoding and hashing, so these are
 * built for speed (measured: building everything so gains nothing more and makes the binaries a third larger); the rest is
 * built for size, because the binaries of all platforms travel in one package.
 */
const hotSources = [
  'native/asn1/certificate.cc',
  'native/asn1/der_reader.cc',
  'native/input/sha256.cc',
  'native/pem/base64.cc',
  'native/pem/pem.cc',
];

const fast = ['-O2'];
/** zig takes -Oz for -Os, hence the second flag. Frame pointers spare more in the unwind tables than they cost. */
const small = ['-Os', '-Xclang', '-Oz', '-fno-omit-frame-pointer'];

/** For every source, whichever it is. Nothing here asks an object for its type at run time. */
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

/** The same choice in a script called like a compiler, for gyp, which knows one set of flags for a target. */
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
