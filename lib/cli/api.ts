/**
 * The functions of the library that the command needs. Tests pass their own.
 */
import type { BundleFile, BundleOptions } from '../bundle/types.js';
import type { ExaminationOptions } from '../explain/machine/machine-facts.js';
import type { Examination } from '../explain/machine/machine-types.js';
import type { ExplainOptions, Explanation, Fix } from '../explain/types.js';
import type { Published } from '../trust/local/published.js';
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

/** Origins of lists other than the operating system's, in Node's words. */
export type OtherOrigin = Exclude<CertificateSource['origin'], 'system'>;

/** The certificates of such a list, and errors for what cannot be used. */
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
  /** Reports what was left out of the bundle to `onWarnings`, and not as warnings of the process. */
  writeBundle(
    options: BundleOptions,
    onWarnings: (warnings: readonly StoreError[]) => void,
  ): BundleFile;
  readOther(origin: OtherOrigin, options: JudgeOptions): OtherCertificates;
  /** What `isLocal()` of lib/trust/local compares with. Reads files, so a command calls it once and only when it asks. */
  readPublished(): Published;
  explain(target: string, options: ExplainOptions): Promise<Explanation>;
  /** Saves the certificates of a fix and returns the paths of the written files. */
  saveFix(fix: Fix): string[];
  examineMachine(options?: ExaminationOptions): Examination;
  /** @throws TruststoreError `ERR_TRUSTSTORE_USER_CA` for bytes without a certificate, with what they are instead */
  checkCertificates(bytes: Buffer, path: string): void;
  /** The fingerprint and subject of a certificate, as in {@link SystemCertificate}. */
  describe(pem: string): Pick<SystemCertificate, 'fingerprint256' | 'subject'>;
}
