/**
 * What the command needs of the library. Tests hand in their own.
 */
import type { BundleFile, BundleOptions } from '../bundle/types.js';
import type { Examination } from '../explain/machine/machine-types.js';
import type { ExplainOptions, Explanation, Fix } from '../explain/types.js';
import type { TrustSet } from '../trust/trust-set.js';
import type {
  CertificateSource,
  Purpose,
  StoreError,
  SystemCAOptions,
  SystemCertificate,
  SystemStore,
  TrustOptions,
  VerifyPaths,
} from '../types.js';

/** How single certificates are judged. */
export interface JudgeOptions {
  purpose: Purpose;
  expired: boolean;
}

/** Lists that are not the operating system's, in Node's words. */
export type OtherOrigin = Exclude<CertificateSource['origin'], 'system'>;

/** Certificates of such a list, and what of it cannot be used. */
export interface OtherCertificates {
  certificates: SystemCertificate[];
  errors: StoreError[];
}

export interface CliApi {
  readonly version: string;
  readSystemStore(options?: SystemCAOptions): SystemStore;
  getSystemCAs(options?: SystemCAOptions): string[];
  getDefaultVerifyPaths(): VerifyPaths;
  readTrustSet(
    options?: TrustOptions,
  ): Pick<
    TrustSet,
    'certificates' | 'anchors' | 'peers' | 'namedPeers' | 'errors' | 'userErrors' | 'warnings'
  >;
  /** What was left out of the bundle is said to `onWarnings`, not to the process. */
  writeBundle(
    options: BundleOptions,
    onWarnings: (warnings: readonly StoreError[]) => void,
  ): BundleFile;
  readOther(origin: OtherOrigin, options: JudgeOptions): OtherCertificates;
  explain(target: string, options: ExplainOptions): Promise<Explanation>;
  /** Saves what a diagnosis offers; the files written. */
  saveFix(fix: Fix): string[];
  examineMachine(): Examination;
  /** A certificate's fingerprint and subject, as in {@link SystemCertificate}. */
  describe(pem: string): Pick<SystemCertificate, 'fingerprint256' | 'subject'>;
}
