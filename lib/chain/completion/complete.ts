/**
 * Fetches intermediates that a server left out, from the URLs in its certificates (RFC 5280 §4.2.2.1). The makers of the
 * certificates chose those URLs, so what comes from there is used only if it signed the chain, and never as an anchor.
 */
import { tryReadCertificate } from '../../certificate/certificate.js';
import type { Certificate } from '../../certificate/certificate.js';
import { FetchError, fetchBytes } from '../../network/fetcher.js';
import type { FetchFailure, FetchOptions } from '../../network/fetcher.js';
import type { Budget } from '../budget.js';
import { followPath, isValidAt, withoutThose } from '../path.js';
import type { CertificateList } from '../path.js';
import { inTurns } from '../search.js';

export interface FetchAttempt {
  url: string;
  outcome: 'used' | 'no-match' | 'no-certificate' | FetchFailure;
  message: string;
}

export interface Completion {
  /** What was fetched: each signed the one before, first the issuer of the last one at hand. Never self-signed. */
  intermediates: Certificate[];
  /** True when they lead to an anchor. */
  complete: boolean;
  /** A self-signed certificate to which the chain leads, but that is not trusted. */
  untrustedRoot?: Certificate;
  /** An issuer of the last certificate that must be avoided. */
  avoided?: Certificate;
  attempts: FetchAttempt[];
}

export interface CompletionOptions {
  now: number;
  /** Finds certificates in PEM, DER or PKCS#7, and returns them as DER. */
  parse: (bytes: Uint8Array) => readonly Uint8Array[];
  fetch?: Pick<FetchOptions, 'allowPrivate' | 'proxyFor' | 'proxyCAs' | 'maxBytes' | 'timeoutMs'>;
  /** Gets the bytes at a URL. @defaultValue the fetcher, with `fetch` */
  get?: (url: string, signal: AbortSignal) => Promise<Buffer>;
  /** True for certificates that must not be on the way to an anchor, from any source, because the machine distrusts them. */
  avoid?: ((certificate: Certificate) => boolean) | undefined;
  /** Candidates from earlier fetches; they are tried before the network. */
  remembered?: (certificate: Certificate) => Promise<readonly Certificate[]>;
  /** Aborted when it is time to give up. */
  signal: AbortSignal;
  /** The budget of the question to which the chain belongs. */
  budget: Budget;
}

const MAX_DEPTH = 4;
const MAX_FETCHES = 6;
const MAX_URLS_PER_CERTIFICATE = 2;
/** A PKCS#7 file may hold a few certificates; a long one is no answer to this question. */
const MAX_CERTIFICATES_PER_FILE = 32;

export async function completeChain(
  leaf: Certificate,
  sent: readonly Certificate[],
  list: CertificateList,
  options: CompletionOptions,
): Promise<Completion> {
  const { now, budget, signal } = options;
  const completion: Completion = { intermediates: [], complete: false, attempts: [] };
  if (options.avoid?.(leaf) === true) return completion;
  const usable = withoutThose(sent, options.avoid);
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const known = [...usable, ...completion.intermediates];
    const question = { leaf, sent: known, list, now, budget };
    const { steps, end } = await inTurns(followPath(question), budget, signal);
    completion.complete =
      end === 'anchor' && steps.every(({ signedByNext }) => signedByNext !== false);
    const last = steps[steps.length - 1]?.certificate;
    if (end !== 'no-issuer' || !last) break;
    const { issuer, avoided } = await fetchIssuer(last, list, completion, options);
    if (!issuer) {
      if (avoided) completion.avoided = avoided;
      break;
    }
    if (issuer.selfSigned) {
      completion.untrustedRoot = issuer;
      break;
    }
    completion.intermediates.push(issuer);
  }
  return completion;
}

/** A certificate's issuer; if every issuer must be avoided, one of those. */
interface Issuer {
  issuer?: Certificate | undefined;
  avoided?: Certificate | undefined;
}

async function fetchIssuer(
  certificate: Certificate,
  list: CertificateList,
  { attempts }: Completion,
  options: CompletionOptions,
): Promise<Issuer> {
  const remembered = (await options.remembered?.(certificate)) ?? [];
  const known = await pickIssuer(remembered, certificate, list, options);
  if (known.issuer) {
    const message = `${known.issuer.subject}, fetched earlier`;
    attempts.push({ url: certificate.issuerUrls[0] ?? '', outcome: 'used', message });
    return known;
  }
  let { avoided } = known;
  const urls = certificate.issuerUrls.filter((url) => /^http:/i.test(url));
  for (const url of urls.slice(0, MAX_URLS_PER_CERTIFICATE)) {
    if (attempts.length >= MAX_FETCHES || attempts.some((attempt) => attempt.url === url)) continue;
    const { attempt, ...found } = await tryUrl(url, certificate, list, options);
    attempts.push(attempt);
    if (found.issuer) return found;
    avoided ??= found.avoided;
  }
  return { avoided };
}

async function tryUrl(
  url: string,
  certificate: Certificate,
  list: CertificateList,
  options: CompletionOptions,
): Promise<Issuer & { attempt: FetchAttempt }> {
  const { fetch, get, parse, signal, budget } = options;
  let bytes: Buffer;
  try {
    bytes = await (get ? get(url, signal) : fetchBytes(url, { ...fetch, signal }));
  } catch (error) {
    const outcome = error instanceof FetchError ? error.reason : 'network';
    return { attempt: { url, outcome, message: (error as Error).message } };
  }
  // Cut before they are read, because the sender chooses how many there are.
  const found = parse(bytes)
    .slice(0, MAX_CERTIFICATES_PER_FILE)
    .flatMap((der) => tryReadCertificate(der, budget) ?? []);
  if (found.length === 0) {
    const message = `the ${bytes.length} bytes there hold no certificate`;
    return { attempt: { url, outcome: 'no-certificate', message } };
  }
  const { issuer, avoided } = await pickIssuer(found, certificate, list, options);
  if (issuer) return { attempt: { url, outcome: 'used', message: issuer.subject }, issuer };
  const message = avoided
    ? 'this machine distrusts the certificate there'
    : 'the certificate there did not sign the chain, is no CA, or is not valid now';
  return { attempt: { url, outcome: 'no-match', message }, avoided };
}

function pickIssuer(
  candidates: readonly Certificate[],
  certificate: Certificate,
  list: CertificateList,
  options: CompletionOptions,
): Promise<Issuer> {
  const work = searchIssuer(candidates, certificate, list, options);
  return inTurns(work, options.budget, options.signal);
}

/** Prefers the issuer that leads to an anchor: cross-signed CAs publish several certificates of one key. */
function* searchIssuer(
  candidates: readonly Certificate[],
  certificate: Certificate,
  list: CertificateList,
  options: CompletionOptions,
): Generator<undefined, Issuer> {
  const issuers: Certificate[] = [];
  for (const candidate of candidates) {
    yield;
    if (isIssuerOf(candidate, certificate, options)) issuers.push(candidate);
  }
  const usable = withoutThose(issuers, options.avoid);
  for (const issuer of usable) {
    for (const anchor of list.named(issuer.issuer)) {
      yield;
      if (isIssuerOf(anchor, issuer, options)) return { issuer };
    }
  }
  const [issuer] = usable;
  return issuer ? { issuer } : { avoided: issuers[0] };
}

function isIssuerOf(
  candidate: Certificate,
  certificate: Certificate,
  { now, budget }: CompletionOptions,
): boolean {
  return (
    candidate.isCA &&
    isValidAt(candidate, now) &&
    certificate.x509.checkIssued(candidate.x509) &&
    budget.isSignedBy(certificate, candidate)
  );
}
