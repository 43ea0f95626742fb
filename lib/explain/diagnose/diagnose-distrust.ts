/**
 * Explains chains that lead to a trusted CA only through a certificate the machine distrusts. Pure.
 */
import type { Certificate } from '../../certificate/certificate.js';
import { day, shortName } from '../../certificate/names.js';
import { CertificateList, findGoodPath, followPath, withoutThose } from '../../chain/path.js';
import type { Path } from '../../chain/path.js';
import { atOnce } from '../../chain/search.js';
import type { DistrustFacts, ExaminedChain, Facts } from '../gather/facts.js';
import type { Diagnosis } from '../types.js';
import { doctorAgain } from '../words.js';
import { distrustPlaceWords, distrustPlaces, liftingWords } from './distrust-places.js';

/** A distrusted certificate is the reason only if no path avoids it, because distrust only removes paths. */
export function diagnoseDistrust(chain: ExaminedChain): Diagnosis[] {
  const { distrust, facts, refusal } = chain;
  if (!distrust) return [];
  const blocking =
    refusal.culprit === undefined ? inTheWay(chain, distrust) : refusedOver(chain, distrust);
  return blocking.length === 0 ? [] : [distrusted(facts, distrust, blocking)];
}

/** The path OpenSSL would take if the server had sent no distrusted certificate. */
export function pathWithoutDistrusted({ leaf, facts, list, path, distrust }: ExaminedChain): Path {
  if (!distrust) return path;
  const sent = withoutThose(facts.sent, distrust.has);
  return atOnce(followPath({ ...facts, leaf, sent, list }));
}

/** OpenSSL accepts the chain, so only valid certificates count. */
function refusedOver(chain: ExaminedChain, distrust: DistrustFacts): readonly Certificate[] {
  const { facts, refusal } = chain;
  const found = pathPast(chain, distrust, facts.now).filter(distrust.has);
  if (found.length > 0) return found;
  return facts.sent.filter(({ fingerprint256 }) => fingerprint256 === refusal.culprit);
}

/** OpenSSL finds no path to a trusted CA. Dates are ignored here, because they are a reason of their own. */
function inTheWay(chain: ExaminedChain, distrust: DistrustFacts): readonly Certificate[] {
  const { leaf, facts, list } = chain;
  if (distrust.has(leaf)) return [leaf];
  const sent = withoutThose(facts.sent, distrust.has);
  const trusted = new CertificateList(withoutThose(list.certificates, distrust.has));
  if (facts.completion?.complete === true) return [];
  if (atOnce(findGoodPath({ ...facts, leaf, sent, list: trusted }, undefined))) return [];
  const found = pathPast(chain, distrust, undefined).filter(distrust.has);
  return found.length > 0 ? found : deadEnd(chain, distrust);
}

/** The only way on that the server offers is distrusted; where it leads does not matter. */
function deadEnd(chain: ExaminedChain, distrust: DistrustFacts): readonly Certificate[] {
  const { steps, end } = pathWithoutDistrusted(chain);
  const last = steps[steps.length - 1]?.certificate;
  if (end !== 'no-issuer' || !last) return [];
  const { budget } = chain.facts;
  const issuer = metOnTheWay(chain.facts, distrust).find((one) => budget.isSignedBy(last, one));
  return issuer ? [issuer] : [];
}

function metOnTheWay({ sent, completion }: Facts, { has }: DistrustFacts): Certificate[] {
  return [...sent, ...(completion?.avoided ? [completion.avoided] : [])].filter(has);
}

/** A path to an anchor as if nothing were distrusted, through as few distrusted ones as the search order allows; or empty. */
function pathPast(
  { leaf, facts, list }: ExaminedChain,
  distrust: DistrustFacts,
  now: number | undefined,
): readonly Certificate[] {
  // Sent certificates come first, because of several encodings the sent one should be shown.
  const all = [...metOnTheWay(facts, distrust), ...distrust.known];
  const anchors = [...list.certificates, ...all.filter(({ selfSigned }) => selfSigned)];
  const others = [...facts.sent, ...(facts.completion?.intermediates ?? [])];
  const pool = [...withoutThose(others, distrust.has), ...all];
  const search = { ...facts, leaf, sent: pool, list: new CertificateList(anchors) };
  return atOnce(findGoodPath(search, now)) ?? [];
}

function distrusted(
  facts: Facts,
  distrust: DistrustFacts,
  blocking: readonly Certificate[],
): Diagnosis {
  const [leaf] = facts.sent;
  const itself = leaf !== undefined && blocking.includes(leaf);
  const offered = itself ? undefined : offerOf(facts);
  const named = blocking
    .map((one) => nameAndPlace(one, distrust) + extentOf(one, distrust, leaf))
    .join(' and ');
  const consequence = itself ? '' : ', and no other chain leads from the server to a trusted CA';
  return {
    name: 'distrusted',
    severity: 'error',
    summary: `The system distrusts ${named}${consequence}.`,
    remedy: `${offered?.words ?? wayOut(blocking, itself)} ${ifMistaken(blocking, distrust)}`,
    certificates: blocking.map(({ fingerprint256 }) => fingerprint256),
    ...(offered ? { fix: { kind: 'intermediate', certificates: offered.certificates } } : {}),
  };
}

/** Names the serial number, because distrust may name issuer and serial number, and another encoding has another hash. */
function nameAndPlace(certificate: Certificate, distrust: DistrustFacts): string {
  const places = distrustPlaces(distrust.placesOf(certificate)).map(distrustPlaceWords);
  const where = places.length === 0 ? '' : `, in ${[...new Set(places)].join(', ')}`;
  const { subject, x509 } = certificate;
  return `“${shortName(subject)}” (serial number ${x509.serialNumber}${where})`;
}

/** The extent of the distrust, if it is limited. */
function extentOf(
  certificate: Certificate,
  { after }: DistrustFacts,
  leaf: Certificate | undefined,
): string {
  const time = after(certificate);
  if (time === undefined || !leaf) return '';
  return `, for certificates that begin after ${day(time)}, as this server’s does (${day(leaf.validFrom)})`;
}

/** Another certificate of the same issuer with which the chain is trusted. */
function offerOf({
  completion,
  userDirectory,
  target,
}: Facts): { words: string; certificates: string[] } | undefined {
  if (completion?.confirmed !== true) return undefined;
  const { intermediates, attempts } = completion;
  const names = intermediates.map(({ subject }) => `“${shortName(subject)}”`).join(', ');
  const url = attempts.find(({ outcome }) => outcome === 'used')?.url ?? '';
  return {
    words:
      `Ask the server’s owner to send the ${names} that was found at ${url}: with it the chain is trusted. Until then: ` +
      `${doctorAgain({ target }, '--fix')} saves it to ${userDirectory}.`,
    certificates: intermediates.map(({ pem }) => pem),
  };
}

function wayOut(blocking: readonly Certificate[], itself: boolean): string {
  const decision = 'That was decided on purpose: ask the server’s owner for';
  // The distrust may be for the key.
  if (itself) return `${decision} a new certificate, of a new key.`;
  const isRoot = blocking.some(({ selfSigned }) => selfSigned);
  const renewed = isRoot ? '' : ', or a chain that avoids this one';
  return `${decision} a certificate from another CA${renewed}.`;
}

function ifMistaken(blocking: readonly Certificate[], distrust: DistrustFacts): string {
  // A date is set by the maker of the list and is seldom a mistake.
  const whole = blocking.filter((one) => distrust.after(one) === undefined);
  const lifts = whole.flatMap((one) => distrustPlaces(distrust.placesOf(one)).map(liftingWords));
  if (lifts.length === 0) return 'If it is a mistake, ask the administrator of this machine.';
  return `If it is a mistake, ${[...new Set(lifts)].join('; and ')}.`;
}
