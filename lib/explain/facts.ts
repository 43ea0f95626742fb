/**
 * Everything a diagnosis rests on: found out by probing, judged by pure rules.
 */
import type { ChainCertificate } from '../certificate/certificate.js';
import type { Budget } from '../chain/budget.js';
import type { Completion } from '../chain/completion/complete.js';
import type { CertificateList, Path } from '../chain/path.js';
import type { CertificateSource, SkipReason } from '../types.js';
import type { Handshake, HandshakeOutcome } from './handshake/handshake.js';
import type { StartTlsProtocol } from './handshake/protocols.js';
import type { SourceName } from './types.js';

/** One list of CAs and what OpenSSL said with it. */
export interface ListFacts {
  list: CertificateList;
  /** Undefined: not tried. */
  outcome?: HandshakeOutcome;
  /** Undefined: nothing is, or it does not count for this list, which says what it says. */
  distrust?: DistrustFacts | undefined;
}

/** What the machine distrusts. */
export interface DistrustFacts {
  /** Certificates it knows, whether or not a server sends them. */
  known: readonly ChainCertificate[];
  /** Whether it distrusts this one, in whatever encoding and by whatever name. */
  has: (certificate: ChainCertificate) => boolean;
  /** After which time (ms) nothing it issues may begin, where it is distrusted for that alone. */
  after: (certificate: ChainCertificate) => number | undefined;
  /** Where that is written. */
  placesOf: (certificate: ChainCertificate) => CertificateSource[];
}

/** A certificate of the operating system's store that is not used. */
export interface SkippedCertificate {
  certificate: ChainCertificate;
  reason: SkipReason;
  sources: CertificateSource[];
}

/** A `ca` option that holds every certificate of `tls.rootCertificates`. */
export interface RootListFacts {
  /** How many certificates it names besides. */
  besides: number;
  /** Whether this process takes it for the defaults, so that it is judged as such; would if it were injected; or was told not to. */
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
  };
  /** With the judged list. */
  handshake: Handshake;
  /** As many as are looked at. */
  sent: ChainCertificate[];
  /** Pays for what is found out about the chain. */
  budget: Budget;
  /** Time was over before everything was asked. */
  isLate: boolean;
  /** Of the chain that is accepted: at this one the runtime ends the process. */
  fatal?: ChainCertificate | undefined;
  /** Why the name does not fit, in the runtime's words. */
  hostMismatch?: string | undefined;
  judged: SourceName;
  /** Undefined: the `ca` option is no such list. */
  rootList?: RootListFacts | undefined;
  lists: Partial<Record<SourceName, ListFacts>>;
  /** Where the certificates of all lists come from, by fingerprint. */
  origins: ReadonlyMap<string, CertificateSource[]>;
  skipped: readonly SkippedCertificate[];
  /** Not self-signed, in a list, and left out of the merged one because their issuers are nowhere. */
  orphans: readonly ChainCertificate[];
  completion?: Completion & {
    /** OpenSSL accepts the chain with what was fetched. */
    confirmed: boolean;
  };
  clock: ClockFacts;
  userDirectory: string;
}

/** What hints at a wrong clock: this program cannot be younger than now, and not all of its roots can have expired. */
export interface ClockFacts {
  /** When the youngest file of the runtime or this package was written; milliseconds since the epoch. */
  programTime?: number;
  /** Share of the bundled roots that have expired. */
  expiredRoots: number;
}

/** A handshake that OpenSSL has ended because of the chain. */
export type RefusedHandshake = Extract<HandshakeOutcome, { state: 'refused' }>;

/** A refused chain, looked at with the list it was refused with. */
export interface ExaminedChain {
  facts: Facts;
  leaf: ChainCertificate;
  list: ListFacts['list'];
  /** As OpenSSL follows it. */
  path: Path;
  refusal: RefusedHandshake;
  distrust?: DistrustFacts | undefined;
}
