/**
 * Says in words where distrust is written and how to remove it there. Pure.
 */
import { shortName } from '../../certificate/names.js';
import type { CertificateSource } from '../../types.js';
import { sourceWords } from '../words.js';

/** The file of Debian's update-ca-certificates(8). */
const DESELECTIONS = '/etc/ca-certificates.conf';
/** See native/windows/disallowed_list.cc. */
const MICROSOFTS_LIST = 'DisallowedCertEncodedCtl';
/** Directories of p11-kit and certctl that native/linux/distrust.cc reads, with the tools that make bundles of them. */
const TOOLS: [directory: RegExp, tool: string][] = [
  [/^\/(?:etc|usr\/share)\/pki\/trust(?:\/|$)/, 'update-ca-certificates'],
  [
    /\/ca-trust(?:-source|\/source)(?:\/|$)|\/ca-certificates\/trust-source(?:\/|$)/,
    'update-ca-trust',
  ],
  [/\/(?:untrusted|blacklisted)$/, 'certctl rehash'],
];

/** The places that distrust a certificate; others may hold the same certificate without distrusting it. */
export function distrustPlaces(sources: readonly CertificateSource[]): CertificateSource[] {
  const saying = sources.filter(
    ({ kind, store = '' }) =>
      kind === 'macos-trust-domain' ||
      store === 'Disallowed' ||
      store === MICROSOFTS_LIST ||
      store === DESELECTIONS ||
      toolFor(store) !== undefined,
  );
  return saying.length > 0 ? saying : [...sources];
}

export function distrustPlaceWords(source: CertificateSource): string {
  const { location, store, label = '', sharesKeyWith } = source;
  if (store === MICROSOFTS_LIST) return `Microsoft's list of distrusted certificates, ${location}`;
  if (store === DESELECTIONS) return `${DESELECTIONS}, which deselects ${location}`;
  const place =
    label === '' || source.kind !== 'directory' ? sourceWords(source) : `${location}: ${label}`;
  return sharesKeyWith === undefined
    ? place
    : `${place}, because it shares its key with “${shortName(sharesKeyWith)}”`;
}

/** An instruction, in the imperative. */
export function liftingWords(source: CertificateSource): string {
  const { kind, location, store = '' } = source;
  if (store === MICROSOFTS_LIST) {
    return 'have the server use a certificate of another CA: Microsoft has taken this one from every Windows';
  }
  if (kind === 'windows-store') return liftingOnWindows(location);
  if (kind === 'macos-trust-domain') return liftingOnMacos(location);
  if (store === DESELECTIONS) return selectionWords(location);
  const tool = toolFor(store);
  const andRun = tool === undefined ? '' : ` and run \`${tool}\`,`;
  return `take the distrust out of ${location}${andRun} as the administrator of this machine`;
}

function selectionWords(location: string): string {
  const words = `take the “!” off the line of ${location} in ${DESELECTIONS} and run update-ca-certificates, as the administrator of this machine`;
  // A name with other characters would have to be quoted for sed and the shell.
  const [, line] = /\/usr\/share\/ca-certificates\/([\w./+-]+)$/.exec(location) ?? [];
  return line === undefined
    ? words
    : `${words}: \`sudo sed -i 's|^!${line}$|${line}|' ${DESELECTIONS} && sudo update-ca-certificates\``;
}

function toolFor(directory: string): string | undefined {
  return TOOLS.find(([pattern]) => pattern.test(directory))?.[1];
}

/** Group policy and the enterprise directory are not edited on this machine; see CertOpenStore. */
function liftingOnWindows(location: string): string {
  const where = 'from “Untrusted Certificates”';
  if (/GROUP_POLICY|ENTERPRISE/.test(location)) {
    return `ask the administrator of this machine (${location}) to delete it ${where}`;
  }
  return location === 'CURRENT_USER'
    ? `delete it ${where} in certmgr.msc`
    : `delete it ${where} in certlm.msc, as the administrator of this machine`;
}

function liftingOnMacos(domain: string): string {
  const change = 'set its trust to “Use System Defaults” in Keychain Access';
  return domain === 'user'
    ? change
    : `${change}, as the administrator of this machine, or have it taken out of the profile that manages it`;
}
