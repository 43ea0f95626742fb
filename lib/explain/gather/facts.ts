/**
 * The facts that diagnoses rest on: probing collects them, and pure rules judge them.
 */
import type { Certificate } from '../../certificate/certificate.js';
import type { Budget } from '../../chain/budget.js';
import type { Completion } from '../../chain/completion/complete.js';
import type { CertificateList, Path } from '../../chain/path.js';
import type { CertificateSource, SkipReason } from '../../types.js';
import type { Handshake, HandshakeOutcome } from '../handshake/handshake.js';
import type { StartTlsProtocol } from '../handshake/protocols.js';
import type { SourceName } from '../types.js';

/** One list of CAs, and what OpenSSL said when it was used. */
export interface ListFacts {
  list: CertificateList;
  /** Undefined when the list was not tried. */
  outcome?: HandshakeOutcome;
  /** Undefined when nothing is distrusted, or when distrust does not apply to this list, which is used exactly as it is. */
  distrust?: DistrustFacts | undefined;
}

/** What the machine distrusts. */
export interface DistrustFacts {
  /** The distrusted certificates it knows, whether or not a server sends them. */
  known: readonly Certificate[];
  /** True when it distrusts this certificate, in any encoding and under any name. */
  has: (certificate: Certificate) => boolean;
  /** The latest notBefore a CA may issue, if it is distrusted only for newer ones; milliseconds since the epoch. */
  after: (certificate: Certificate) => number | undefined;
  /** The places where the distrust is written. */
  placesOf: (certificate: Certificate) => CertificateSource[];
}

/** A certificate of the operating system's store that is not used. */
export interface SkippedCertificate {
  certificate: Certificate;
  reason: SkipReason;
  sources: CertificateSource[];
}

/** A `ca` option that holds every certificate of `tls.rootCertificates`. */
export interface RootListFacts {
  /** The number of certificates it holds in addition to these. */
  besides: number;
  /** `here`: this process treats it as the defaults; `by-inject`: `inject()` would; `never`: an option forbids it. */
  taken: 'here' | 'by-inject' | 'never';
}

export interface Facts {
  now: number;
  target: {
    host: string;
    port: number;
    servername: string;
    startTls?: StartTlsProtocol | undefined;
    proxyCredentials: boolean;
    /** The proxy without credentials. */
    proxyUrl?: string | undefined;
    /** True when issuers may be fetched from private addresses. */
    allowPrivate: boolean;
  };
  /** The handshake with the judged list. */
  handshake: Handshake;
  /** The sent certificates, up to the number that is examined. */
  sent: Certificate[];
  /** Limits the work spent on the chain. */
  budget: Budget;
  /** True when time ran out before every question was asked. */
  isLate: boolean;
  /** A certificate of the accepted chain at which this runtime ends the process. */
  fatal?: Certificate | undefined;
  /** Why the name does not match, in the runtime's words. */
  hostMismatch?: string | undefined;
  judged: SourceName;
  /** Undefined when the `ca` option is not such a list. */
  rootList?: RootListFacts | undefined;
  lists: Partial<Record<SourceName, ListFacts>>;
  /** The sources of the certificates of all lists, by fingerprint. */
  origins: ReadonlyMap<string, CertificateSource[]>;
  skipped: readonly SkippedCertificate[];
  /** Certificates of a list that are not self-signed and missing from the merged list, because their issuer is in no list. */
  orphans: readonly Certificate[];
  completion?: Completion & {
    /** True when OpenSSL accepts the chain with the fetched certificates. */
    confirmed: boolean;
  };
  clock: ClockFacts;
  userDirectory: string;
  /** The command that adds ROOT.pem to the system's store, where one is known. */
  storeCommand?: string | undefined;
}

/** Signs of a wrong clock: this program cannot have been made in the future, and its roots cannot all have expired. */
export interface ClockFacts {
  /** When the newest file of the runtime or this package was written; milliseconds since the epoch. */
  programTime?: number;
  /** The share of the bundled roots that have expired, from 0 to 1. */
  expiredRoots: number;
}

/** A handshake that OpenSSL ended because of the chain. */
export type RefusedHandshake = Extract<HandshakeOutcome, { state: 'refused' }>;

/** A refused chain, with the list it was refused with. */
export interface ExaminedChain {
  facts: Facts;
  leaf: Certificate;
  list: ListFacts['list'];
  /** The path that OpenSSL follows. */
  path: Path;
  refusal: RefusedHandshake;
  distrust?: DistrustFacts | undefined;
}
