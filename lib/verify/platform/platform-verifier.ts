/**
 * Calls the verifier of Windows and macOS: checks the arguments, enforces the deadline, and converts the native answer to a
 * {@link ChainVerdict}. Loaded at the first use, because importing the package needs none of it.
 */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';

import { loadBinding, wholePolicy } from '../../addon/load-binding.js';
import type {
  NativeBinding,
  NativeChainRequest,
  NativeVerdict,
  NativeVerification,
} from '../../addon/native-binding.js';
import { checkNames } from '../../base/option-names.js';
import {
  checkFlag,
  checkMilliseconds,
  checkObject,
  checkOneOf,
  isObject,
} from '../../base/options.js';
import { PatientTimer } from '../../base/patient-timer.js';
import { ErrorCodes, invalidArgument, TruststoreError } from '../../errors.js';
import { DEFAULT_VERIFY_DEADLINE_MS, REVOCATION_MODES } from '../defaults.js';
import type { ChainVerdict, RefusedChain, VerifyChain, VerifyChainOptions } from '../types.js';

type StartVerify = NonNullable<NativeBinding['startVerify']>;

const PURPOSES = ['server-auth', 'client-auth'] as const;
/** The longest delay that Node's timers support. */
const LONGEST_DEADLINE_MS = 2 ** 31 - 1;
/** Limits of the addon. */
const MOST_CERTIFICATES = 200;
const LARGEST_CERTIFICATE = 1 << 20;
/** The limit of RFC 1035 §2.3.4, for names as people write them. */
const LONGEST_NAME = 253;

/** True when this system has a verifier of its own, which {@link verifyChain} can ask. */
export function hasPlatformVerifier(): boolean {
  return loadBinding().startVerify !== undefined;
}

/**
 * Asks the platform about a chain. On Windows the machine's own engine comes first. If further anchors may help, an engine
 * follows whose only roots are the self-signed user CAs; of two refusals the first one is reported. On macOS user CAs are
 * anchors in addition to the machine's own and override its trust settings: a user CA that these settings deny is trusted
 * nevertheless, so leave it out, as agents and `inject()` do.
 *
 * For `client-auth` no name is compared, since a client's certificate names no host. When revocation is checked, macOS may
 * also fetch missing intermediates, because it has one switch for both.
 *
 * @throws TruststoreError (rejects) `ERR_TRUSTSTORE_INVALID_ARGUMENT`, `ERR_TRUSTSTORE_USER_CA`,
 * `ERR_TRUSTSTORE_UNSUPPORTED_PLATFORM`, `ERR_TRUSTSTORE_ADDON_…`; the reason of an aborted signal
 */
export const verifyChain: VerifyChain = async (chain, options) => {
  const { request, signal } = check(chain, options);
  const { backend, startVerify } = loadBinding();
  if (startVerify === undefined) throw noVerifier();
  signal?.throwIfAborted();
  // The peer decides how many certificates there are, so too many are a verdict and not an argument error.
  if (request.chain.length > MOST_CERTIFICATES) return tooLong();
  const { host } = request;
  // Windows compares the given name with names only, so addresses are compared here.
  const address =
    host !== undefined && isIP(host) !== 0 && backend === 'windows' ? host : undefined;
  const asked = address === undefined ? request : { ...request, host: undefined };
  // Compared before other code can change the bytes.
  const isWrongAddress = address !== undefined && !namesAddress(request.chain[0], address);
  const verdict = await ask(startVerify, asked, signal);
  return verdict.ok && isWrongAddress ? wrongAddress() : verdict;
};

function namesAddress(der: Uint8Array | undefined, address: string): boolean {
  try {
    return new X509Certificate(der ?? '').checkIP(address) !== undefined;
  } catch {
    // The bytes are not a certificate; the platform reports that.
    return false;
  }
}

function ask(
  startVerify: StartVerify,
  request: NativeChainRequest,
  signal: AbortSignal | undefined,
): Promise<ChainVerdict> {
  return new Promise((resolve, reject) => {
    let verification: NativeVerification | undefined;
    const end = (settle: () => void): void => {
      timer.stop();
      signal?.removeEventListener('abort', abort);
      verification?.cancel();
      settle();
    };
    const abort = (): void => {
      end(() => {
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever the caller gave
        reject(signal?.reason);
      });
    };
    const timer = new PatientTimer(request.deadlineMs, () => {
      end(() => {
        resolve(tooLate(request.deadlineMs));
      });
    });
    signal?.addEventListener('abort', abort, { once: true });
    try {
      verification = startVerify(request, (verdict) => {
        end(() => {
          if (verdict.code === ErrorCodes.USER_CA) reject(badUserCA(verdict));
          else resolve(toVerdict(verdict));
        });
      });
    } catch (error) {
      end(() => {
        resolve(noVerdict((error as Error).message));
      });
    }
  });
}

interface Question {
  request: NativeChainRequest;
  signal: AbortSignal | undefined;
}

const NAMES = [
  'host',
  'purpose',
  'revocation',
  'fetchIntermediates',
  'deadlineMs',
  'userCAs',
  'signal',
];

/** @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT` */
function check(chain: readonly Uint8Array[], options: VerifyChainOptions): Question {
  checkObject('options', options);
  checkNames('options', options, NAMES);
  const { host, purpose, revocation, fetchIntermediates, deadlineMs, userCAs, signal } = options;
  const clientAuth = checkOneOf('options.purpose', purpose, PURPOSES) === 'client-auth';
  const patience = checkMilliseconds('options.deadlineMs', deadlineMs);
  const certificates = checkCertificates('chain', chain);
  if (certificates.length === 0) throw invalidArgument('chain', 'at least one certificate', 'none');
  const anchors = userCAs === undefined ? [] : checkCertificates('options.userCAs', userCAs);
  const question = {
    request: {
      chain: certificates,
      userCAs: anchors,
      host: clientAuth ? undefined : toHost(host),
      clientAuth,
      revocation: checkOneOf('options.revocation', revocation, REVOCATION_MODES) ?? 'off',
      fetchIntermediates: checkFlag('options.fetchIntermediates', fetchIntermediates) ?? false,
      deadlineMs: Math.min(patience ?? DEFAULT_VERIFY_DEADLINE_MS, LONGEST_DEADLINE_MS),
    },
    signal: checkSignal(signal),
  };
  question.request.userCAs = anchors.filter((der) => mayVouch(der, certificates[0]));
  return question;
}

/** Checks by shape and not by class, because the signal may come from another realm. */
function checkSignal(signal: unknown): AbortSignal | undefined {
  if (signal === undefined) return undefined;
  if (isObject(signal) && 'aborted' in signal && 'throwIfAborted' in signal) {
    return signal as AbortSignal;
  }
  throw invalidArgument('options.signal', 'an AbortSignal', signal);
}

/**
 * True for a certificate that may be an anchor for others, which only a CA may be: no platform documents that it honours the
 * basic constraints of an anchor. Bytes that are not a certificate stay, so that the platform reports them.
 */
function mayVouch(der: Uint8Array, leaf: Uint8Array | undefined): boolean {
  if (leaf !== undefined && Buffer.compare(der, leaf) === 0) return true;
  return loadBinding().parse(der, wholePolicy()).certificates[0]?.role !== 'leaf';
}

function checkCertificates(name: string, value: unknown): readonly Uint8Array[] {
  const isDer = (item: unknown): item is Uint8Array =>
    item instanceof Uint8Array && item.length > 0 && item.length <= LARGEST_CERTIFICATE;
  const list: unknown[] | undefined = Array.isArray(value) ? [...(value as unknown[])] : undefined;
  if (list?.every(isDer)) return list;
  throw invalidArgument(name, 'an array of DER certificates', value);
}

/** The form that the platform compares: an address without its zone, or a name in ASCII without a final dot. */
function toHost(value: unknown): string {
  const wrong = (shown: unknown): TruststoreError =>
    invalidArgument('options.host', 'a host name or an address', shown);
  if (typeof value !== 'string') throw wrong(value);
  if (value.length > 4 * LONGEST_NAME) throw wrong(`a text of ${value.length} characters`);
  const address = value.replace(/%.*$/s, '');
  if (isIP(address) !== 0) return address;
  // eslint-disable-next-line no-control-regex -- all of ASCII
  const ascii = /^[\x00-\x7f]*$/.test(value) ? value : domainToASCII(value);
  const name = ascii.replace(/\.$/, '');
  if (name.length > LONGEST_NAME || !/^[\w.-]+$/.test(name)) throw wrong(value);
  return name;
}

function toVerdict(verdict: NativeVerdict): ChainVerdict {
  if (verdict.accepted) {
    const { revocation } = verdict;
    return {
      ok: true,
      ...(verdict.chain.length > 0 ? { chain: verdict.chain } : {}),
      revocation:
        revocation === 'not-checked'
          ? { status: revocation }
          : {
              status: revocation,
              source: 'platform',
              ...(revocation === 'unknown'
                ? { detail: 'the platform could not find out for every certificate' }
                : {}),
            },
    };
  }
  const { code, reason, platformCode, platformText } = verdict;
  return {
    ok: false,
    code: code ?? ErrorCodes.VERIFY_FAILED,
    reason: reason ?? 'the platform gave no reason',
    ...(platformCode === undefined ? {} : { platformCode }),
    ...(platformText === undefined ? {} : { platformText }),
  };
}

const tooLong = (): RefusedChain => ({
  ok: false,
  code: 'CERT_CHAIN_TOO_LONG',
  reason: `the peer sent more than ${MOST_CERTIFICATES} certificates`,
});

const tooLate = (deadlineMs: number): RefusedChain => ({
  ok: false,
  code: ErrorCodes.DEADLINE,
  reason: `the platform came to no verdict within ${deadlineMs} ms`,
});

const noVerdict = (reason: string): RefusedChain => ({
  ok: false,
  code: ErrorCodes.VERIFY_FAILED,
  reason,
});

const wrongAddress = (): RefusedChain => ({
  ok: false,
  code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  reason: 'the certificate is for another address',
});

function badUserCA({ reason, platformCode, platformText }: NativeVerdict): TruststoreError {
  return new TruststoreError(ErrorCodes.USER_CA, reason ?? 'a user CA is unusable', {
    operation: 'verify a chain',
    osStatus:
      platformCode === undefined ? undefined : { number: platformCode, text: platformText ?? '' },
  });
}

function noVerifier(): TruststoreError {
  return new TruststoreError(
    ErrorCodes.UNSUPPORTED_PLATFORM,
    'This system has no verifier of its own; OpenSSL’s verdict of the handshake is the one there is',
    { operation: 'verify a chain' },
  );
}
