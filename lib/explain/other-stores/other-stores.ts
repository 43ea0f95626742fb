/**
 * Finds and reads the lists of CAs that other programs on this machine have for themselves: browsers and Java. They are only
 * told to people. Nothing here is ever trusted, no program is run and nothing is written.
 */
import { realpathSync } from 'node:fs';
import { join } from 'node:path';

import { loadBuiltin } from '../../base/builtins.js';
import { quietly } from '../../base/steps.js';
import { tryReadCertificate } from '../../certificate/certificate.js';
import type { Certificate } from '../../certificate/certificate.js';
import { homeOf } from '../../files/user-directory.js';
import type { Environment } from '../../types.js';
import { readFirefoxPolicies } from './firefox-policies.js';
import { readKeystore } from './java-keystore.js';
import { readNssDatabase } from './nss-database.js';
import { entriesOf, isFile, readSmallFile } from './small-files.js';

/** What one file of another program says. */
export interface OtherStore {
  program: 'Chrome' | 'Firefox' | 'Java';
  path: string;
  /** What the program trusts to issue certificates of servers. */
  certificates: Certificate[];
  /** Why it cannot be read. */
  problem?: string;
}

/** Where to look. */
export interface Surroundings {
  home: string;
  javaHome: string | undefined;
  platform: NodeJS.Platform;
  /** Windows: the directories of programs and of the user's settings. */
  programFiles: string;
  appData: string;
  /** A directory to use as root of the file system, for tests. */
  root: string;
}

export function surroundingsOf(env: Environment): Surroundings {
  const isWindows = process.platform === 'win32';
  const home = isWindows ? loadBuiltin('node:os').homedir() : homeOf(env);
  return {
    home,
    javaHome: env['JAVA_HOME'] === '' ? undefined : env['JAVA_HOME'],
    platform: process.platform,
    programFiles: env['ProgramFiles'] ?? 'C:\\Program Files',
    appData: env['APPDATA'] ?? join(home, 'AppData', 'Roaming'),
    root: '',
  };
}

/** Reads each file once, by whatever path it is found. What is not there is left out. */
export function readOtherStores(places: Surroundings): OtherStore[] {
  const seen = new Set<string>();
  return [...nssPlaces(places), ...firefoxPlaces(places), ...javaPlaces(places)].flatMap(
    (place) => {
      const { path, program, read } = place;
      const real = isFile(path) ? quietly(() => realpathSync(path)) : undefined;
      if (real === undefined || seen.has(real)) return [];
      seen.add(real);
      return { program, path, ...tryToRead(() => read(path)) };
    },
  );
}

function tryToRead(read: () => Buffer[]): Pick<OtherStore, 'certificates' | 'problem'> {
  try {
    return { certificates: read().flatMap((der) => tryReadCertificate(der) ?? []) };
  } catch (error) {
    return { certificates: [], problem: (error as Error).message };
  }
}

interface Place {
  program: OtherStore['program'];
  path: string;
  read: (path: string) => Buffer[];
}

/** Chrome's database on Linux is the one that all programs with NSS share; Firefox has one in each profile. */
function nssPlaces({ home, platform, appData }: Surroundings): Place[] {
  const isMac = platform === 'darwin';
  const profiles =
    platform === 'win32'
      ? [join(appData, 'Mozilla', 'Firefox', 'Profiles')]
      : isMac
        ? [join(home, 'Library', 'Application Support', 'Firefox', 'Profiles')]
        : [
            join(home, '.mozilla', 'firefox'),
            join(home, '.config', 'mozilla', 'firefox'),
            join(home, 'snap', 'firefox', 'common', '.mozilla', 'firefox'),
            join(home, '.var', 'app', 'org.mozilla.firefox', '.mozilla', 'firefox'),
          ];
  const chrome = [
    join(home, '.pki', 'nssdb'),
    join(home, '.local', 'share', 'pki', 'nssdb'),
    join(home, 'snap', 'chromium', 'current', '.pki', 'nssdb'),
  ];
  const toPlace = (program: Place['program'], directory: string): Place => ({
    program,
    path: join(directory, 'cert9.db'),
    read: readNssDatabase,
  });
  return [
    ...(platform === 'linux' ? chrome : []).map((directory) => toPlace('Chrome', directory)),
    ...profiles.flatMap(entriesOf).map((directory) => toPlace('Firefox', directory)),
  ];
}

/** As https://mozilla.github.io/policy-templates/ says of policies.json and of Certificates | Install. */
function firefoxPlaces({ home, platform, programFiles, appData, root }: Surroundings): Place[] {
  const system = (...names: string[]): string => join(root, ...names);
  const settings = join(home, 'Library', 'Application Support');
  const [policies, certificates] =
    platform === 'win32'
      ? [
          [join(programFiles, 'Mozilla Firefox', 'distribution')],
          [join(appData, 'Mozilla'), join(appData, '..', 'Local', 'Mozilla')],
        ]
      : platform === 'darwin'
        ? [
            [system('/Applications/Firefox.app/Contents/Resources/distribution')],
            [system('/Library/Application Support/Mozilla'), join(settings, 'Mozilla')],
          ]
        : [
            [
              system('/etc/firefox/policies'),
              ...['/usr/lib', '/usr/lib64', '/opt'].flatMap((directory) => [
                system(directory, 'firefox', 'distribution'),
                system(directory, 'firefox-esr', 'distribution'),
              ]),
            ],
            [system('/usr/lib/mozilla'), system('/usr/lib64/mozilla'), join(home, '.mozilla')],
          ];
  const name = platform === 'linux' ? 'certificates' : 'Certificates';
  const directories = certificates.map((directory) => join(directory, name));
  return policies.map((directory) => ({
    program: 'Firefox',
    path: join(directory, 'policies.json'),
    read: (path) => readFirefoxPolicies(path, directories),
  }));
}

function javaPlaces({ javaHome, platform, programFiles, root }: Surroundings): Place[] {
  const installed =
    platform === 'win32'
      ? ['Java', 'Eclipse Adoptium', 'Microsoft'].flatMap((name) =>
          entriesOf(join(programFiles, name)),
        )
      : platform === 'darwin'
        ? entriesOf(join(root, '/Library/Java/JavaVirtualMachines')).map((directory) =>
            join(directory, 'Contents', 'Home'),
          )
        : entriesOf(join(root, '/usr/lib/jvm'));
  const files = [javaHome ?? [], installed].flat().flatMap((directory) =>
    // Java reads jssecacerts instead of cacerts; before Java 9 both lay below jre.
    [['lib'], ['jre', 'lib']].flatMap((lib) => {
      const paths = ['jssecacerts', 'cacerts'].map((name) =>
        join(directory, ...lib, 'security', name),
      );
      return paths.find(isFile) ?? [];
    }),
  );
  const ofDistribution = ['/etc/ssl/certs/java/cacerts', '/etc/pki/java/cacerts'];
  return [...files, ...ofDistribution.map((path) => join(root, path))].map((path) => ({
    program: 'Java',
    path,
    read: (file) => readKeystore(readSmallFile(file)),
  }));
}
