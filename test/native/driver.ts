/**
 * Runs the native core outside Node (driver.cc), where certificates can be placed and trusted as any backend would.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

const extension = process.platform === 'win32' ? '.exe' : '';
const program =
  process.env.OS_TRUSTSTORE_TEST_DRIVER ??
  join(__dirname, `../../test/native/build/Release/driver${extension}`);

export interface DriverCertificate {
  type: 'certificate';
  /** Place in the order of finding; the array the driver prints is in output order. */
  index: number;
  fingerprint256: string;
  reason?: string;
  subject?: string;
  ca?: boolean;
  selfIssued?: boolean;
  selfSigned?: boolean;
  eku?: string;
  usages: string;
  rejected: string;
  sources: number;
  role: string;
  trust: string;
  skip: string;
  usable: string;
}

export interface DriverResult {
  certificates: DriverCertificate[];
  errors: { operation: string; message: string; path: string }[];
  validUntil: number;
}

/** Makes a directory that exists until the test ends. */
export function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'os-truststore-native-'));
  t.after(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** The time of all tests; later options override it. */
export const now = Date.UTC(2026, 0, 1) / 1000;

export function runDriver(args: string[]): DriverResult {
  const { status, stdout, stderr, error } = spawnSync(program, [`--now=${now}`, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`driver ended with ${status}: ${stderr}`);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string });
  const end = lines.find((line) => line.type === 'end') as unknown as { validUntil: number };
  return {
    certificates: lines.filter((line) => line.type === 'certificate') as DriverCertificate[],
    errors: lines.filter((line) => line.type === 'error') as unknown as DriverResult['errors'],
    validUntil: end.validUntil,
  };
}

export interface Starved {
  /** How memory was refused, and for which kind of read. */
  type: string;
  /** Counts reads that ended with an error, and that ended as if memory had not been refused. */
  failed: number;
  complete: number;
  /** Counts reads whose callback was never called. */
  uncalled: number;
}

/** Reads the store below `root` with more and more memory, from none to enough. */
export function starve(root: string): Starved[] {
  const { status, signal, stdout, stderr, error } = spawnSync(
    program,
    ['--starve', root, String(now)],
    { encoding: 'utf8' },
  );
  if (error) throw error;
  if (status !== 0) throw new Error(`driver ended with ${status ?? signal}: ${stderr}`);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Starved);
}

/** What a store says of one certificate; the defaults are those of a bundle. */
export interface Placed {
  der: Uint8Array;
  place?: 'by-shape' | 'anchor' | 'intermediate' | 'leaf';
  trust?: 'unspecified' | 'trusted' | 'distrusted';
  usages?: string;
  rejected?: string;
}

/** Places certificates and judges them. */
export function judge(t: TestContext, placed: Placed[], options: string[] = []): DriverResult {
  const directory = temporaryDirectory(t);
  const files = placed.flatMap(({ der, place, trust, usages, rejected }, index) => {
    const file = join(directory, `${index}.der`);
    writeFileSync(file, der);
    return [
      `--place=${place ?? 'by-shape'}`,
      `--trust=${trust ?? 'unspecified'}`,
      `--usages=${usages ?? 'server,client,other'}`,
      `--rejected=${rejected ?? 'none'}`,
      file,
    ];
  });
  return runDriver([...options, ...files]);
}
