/**
 * Prints what the current runtime says to each certificate of a file, one digit each.
 *
 *   <runtime> test/differential/verdicts.mjs FILE
 */
import { Buffer } from 'node:buffer';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import tls from 'node:tls';
import { readRecords, toDer, toPem, Verdict } from './records.mjs';

const { Deno } = globalThis;

const succeeds = (call) => {
  try {
    return call() !== false;
  } catch {
    return false;
  }
};

/** Asks as the guard of the hand-over does. Deno's X509Certificate uses another library than its TLS. */
function passesGuard(pem, der) {
  if (Deno) return succeeds(() => Deno.createHttpClient({ caCerts: [pem] }).close());
  return succeeds(() => new X509Certificate(pem).raw.equals(der));
}

function setsDefault(pem, der) {
  if (!tls.setDefaultCACertificates) return true;
  tls.setDefaultCACertificates([pem]);
  const list = tls.getCACertificates('default').map((each) => toDer(each));
  return list.length === 1 && list[0].equals(der);
}

/** Whether every function that takes roots accepts this one unchanged. */
function isTaken(pem, der) {
  const holds = () => tls.createSecureContext({ ca: pem });
  return passesGuard(pem, der) && succeeds(() => setsDefault(pem, der)) && succeeds(holds);
}

function verdictOn({ der, kept }) {
  if (!kept) return succeeds(() => new X509Certificate(der).raw.equals(der)) ? Verdict.TAKEN : 0;
  const pem = toPem(der);
  const guard = passesGuard(pem, der) ? Verdict.GUARD : 0;
  return guard | (isTaken(pem, der) ? Verdict.TAKEN : 0);
}

const answers = [];
for (const record of readRecords(readFileSync(process.argv[2]))) answers.push(verdictOn(record));
process.stdout.write(Buffer.from(answers.join('')));
