/**
 * Finds keys at which this runtime ends the process. Some lines of Node look up the NIST name of a key's curve without
 * checking that it has one; secp256k1 and brainpool curves have none. They do so in `X509Certificate#toLegacyObject()` and in
 * `getPeerCertificate()`, which every verified connection calls. A separate process tries whether this line does.
 */
import { execFile, spawnSync } from 'node:child_process';

import type { Certificate } from '../certificate/certificate.js';

const SCRIPT =
  'const { X509Certificate } = require("crypto");' +
  'new X509Certificate(Buffer.from(process.argv[1], "base64")).toLegacyObject();';
const TIMEOUT_MS = 10_000;
/** The curves of almost all TLS certificates; all of these have a NIST name. */
const COMMON: readonly (string | undefined)[] = ['prime256v1', 'secp384r1', 'secp521r1'];

/** @returns the first certificate at which this runtime ends the process. Blocks only if a curve is uncommon. */
export function findFatal(certificates: readonly Certificate[]): Certificate | undefined {
  return oneOfEachCurve(certificates).find((certificate) => {
    const { status, signal, error } = spawnSync(process.execPath, argumentsFor(certificate), {
      ...options(),
      stdio: 'ignore',
    });
    return error === undefined && hasCrashed(status, signal);
  });
}

/** Does the same without blocking. */
export async function findFatalLater(
  certificates: readonly Certificate[],
  signal: AbortSignal,
): Promise<Certificate | undefined> {
  for (const certificate of oneOfEachCurve(certificates)) {
    const isFatal = await new Promise<boolean>((resolve) => {
      execFile(process.execPath, argumentsFor(certificate), { ...options(), signal }, (error) => {
        const { code, signal: by, killed } = error ?? {};
        resolve(killed !== true && hasCrashed(typeof code === 'number' ? code : 0, by ?? null));
      });
    });
    if (isFatal) return certificate;
  }
  return undefined;
}

function oneOfEachCurve(certificates: readonly Certificate[]): Certificate[] {
  // The fault is in Node's code; Bun and Deno implement this call on their own.
  if (process.versions['bun'] !== undefined || process.versions['deno'] !== undefined) return [];
  const byCurve = new Map<string | undefined, Certificate>();
  for (const certificate of certificates) {
    const { type, curve } = certificate.key;
    if (type === 'ec' && !COMMON.includes(curve) && !byCurve.has(curve)) {
      byCurve.set(curve, certificate);
    }
  }
  return [...byCurve.values()];
}

function argumentsFor({ der }: Certificate): string[] {
  return ['-e', SCRIPT, der.toString('base64')];
}

function options(): { env: NodeJS.ProcessEnv; timeout: number; windowsHide: boolean } {
  return { env: { ...process.env, NODE_OPTIONS: '' }, timeout: TIMEOUT_MS, windowsHide: true };
}

/** True for an end by a signal or, on Windows, by an exception, whose numbers begin at 0xC0000000. */
function hasCrashed(status: number | null, signal: string | null): boolean {
  return signal !== null || (status ?? 0) >= 0xc0000000;
}
