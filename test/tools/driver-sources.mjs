/**
 * Lists the sources of the native core, from binding.gyp, for programs that use it without Node-API: the test driver
 * and the fuzz targets. When run with gyp's name of the operating system, prints them for test/native/binding.gyp.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { addonSources } from '../../native/prebuild/gyp-sources.mjs';

export const unixCondition = "OS in 'linux android freebsd openbsd netbsd solaris'.split()";

/** Sources for reading and judging certificates, without a backend and Node-API. */
export function coreSources() {
  const needsMore = /^native\/(binding|linux|unsupported)\/|^native\/read_job\.cc$/;
  return addonSources(unixCondition).sources.filter((source) => !needsMore.test(source));
}

/** The core and a backend: the real one on Unix, elsewhere the one that reports that it is missing. */
export function driverSources(gypOs) {
  const isUnix = !['mac', 'win'].includes(gypOs);
  const backend = isUnix
    ? addonSources(unixCondition).sources.filter((source) => source.startsWith('native/linux/'))
    : ['native/unsupported/system_store.cc'];
  return [...coreSources(), 'native/read_job.cc', ...backend];
}

/** Sources for programs that only read certificates. */
export const asn1Sources = () =>
  coreSources().filter((source) => source.startsWith('native/asn1/'));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // Paths are relative to test/native, where gyp asks; gyp requires forward slashes on every system.
  const wanted = process.argv[2] === '--asn1' ? asn1Sources() : driverSources(process.argv[2]);
  const sources = wanted.map((source) => path.posix.join('../..', source));
  process.stdout.write(sources.join('\n'));
}
