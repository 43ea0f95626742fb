/**
 * Finds out why there is no TLS connection at all. Pure.
 */
import type { DiagnosisName } from '../classes.js';
import type { Facts } from '../gather/facts.js';
import type { HandshakeOutcome } from '../handshake/handshake.js';
import type { Diagnosis } from '../types.js';
import { doctorAgain } from '../words.js';
import { incomplete } from './diagnose-accepted.js';
import { handshakeFault } from './handshake-faults.js';

/** TLS alert descriptions (RFC 8446 §6). */
const Alert = { PROTOCOL_VERSION: 70, CERTIFICATE_REQUIRED: 116, UNRECOGNIZED_NAME: 112 } as const;

const TLS_1_2 = 0x0303;

type Words = Pick<Diagnosis, 'name' | 'summary' | 'remedy'>;

export function diagnoseConnection(facts: Facts, outcome: HandshakeOutcome): Diagnosis[] {
  const words = outcome.state === 'failed' ? explainFailure(facts, outcome) : clientCertificate();
  return [{ severity: 'error', certificates: [], ...words }];
}

function clientCertificate(): Words {
  return {
    name: 'client-certificate',
    summary: 'The server asks for a certificate of the client and ends the connection without one.',
    remedy:
      'Get a client certificate from the server’s owner, and pass it with its key: ' +
      "`cert: readFileSync('CERT.pem'), key: readFileSync('KEY.pem')`.",
  };
}

type Failed = Extract<HandshakeOutcome, { state: 'failed' }>;

function explainFailure(facts: Facts, outcome: Failed): Words {
  const { host, port } = facts.target;
  const where = `${host}:${port}`;
  const { proxyUrl = 'http://PROXY:PORT' } = facts.target;
  switch (outcome.reason) {
    case 'dns':
      return {
        name: 'dns',
        summary: `${host} has no address (${outcome.code}).`,
        remedy:
          'Check the spelling and whether you are on the right network or VPN. Behind a proxy that ' +
          'alone knows outside names: `HTTPS_PROXY=http://PROXY:PORT`.',
      };
    case 'refused':
      return {
        name: 'refused',
        summary: `Nothing listens at ${where}.`,
        remedy: 'Check the port. If it is right, ask the server’s owner to start the server.',
      };
    case 'unreachable':
      return {
        name: 'unreachable',
        summary: `There is no way to ${where}: ${outcome.message}.`,
        remedy:
          'Check the network or VPN. If a proxy has to be used: `HTTPS_PROXY=http://PROXY:PORT`.',
      };
    case 'timeout':
      return {
        name: 'timeout',
        summary: `${where} did not answer in time.`,
        remedy:
          'Check the address and the firewalls between. If a proxy has to be used: ' +
          `\`HTTPS_PROXY=http://PROXY:PORT\`. If the server is slow: ${doctorAgain(facts, '--timeout', '120')}.`,
      };
    case 'starttls':
      return explainStartTls(facts, outcome);
    case 'proxy-authentication':
      return {
        name: 'proxy-authentication',
        summary: facts.target.proxyCredentials
          ? 'The proxy does not accept the user name and password it was given.'
          : 'The proxy asks for a user name and password, and none were given.',
        remedy:
          `\`HTTPS_PROXY=${proxyUrl.replace('://', '://USER:PASSWORD@')}\`, with the name and password that your proxy’s ` +
          'administrator gave you; write @ : / % in them as %40 %3A %2F %25.',
      };
    case 'proxy-unreachable':
    case 'proxy-refused':
      return {
        name: 'proxy',
        summary: `The proxy does not connect to ${where}: ${outcome.message}.`,
        remedy:
          `Check HTTPS_PROXY, or ask the proxy’s administrator to allow ${where}. If this host needs no proxy: ` +
          `\`NO_PROXY=${host}\`.`,
      };
    case 'too-many':
      return incomplete({ isLate: false, target: facts.target });
    case 'reset':
    case 'tls':
      return explainTls(facts, outcome);
  }
}

function explainStartTls({ target }: Facts, { message }: Failed): Words {
  const protocol = (target.startTls ?? '').toUpperCase();
  return {
    name: 'no-starttls',
    summary: `${protocol} on port ${target.port} cannot be switched to TLS: ${message}.`,
    remedy:
      'Ask the server’s owner to switch TLS on (with a certificate and its key). If the port speaks TLS from the first ' +
      `byte: ${doctorAgain({ target }, '--starttls', 'none')}.`,
  };
}

function explainTls(facts: Facts, outcome: Failed): Words {
  const { messages } = facts.handshake;
  const { plainText, alert, version, wantsClientCertificate } = messages;
  if (plainText !== undefined) return notTls(facts, plainText);
  if (
    /ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|UNSUPPORTED_SSL|VERSION_TOO_LOW/.test(outcome.code)
  ) {
    return tlsVersion(version);
  }
  if (alert === Alert.PROTOCOL_VERSION || (version !== undefined && version < TLS_1_2)) {
    return tlsVersion(version);
  }
  if (alert === Alert.UNRECOGNIZED_NAME || outcome.code.includes('UNRECOGNIZED_NAME')) {
    return unknownServerName(facts);
  }
  const fault = handshakeFault(outcome.code);
  // What this side refuses is the reason, whatever else the server wants; an alert of the server’s may be about that.
  if (fault && !outcome.code.includes('ALERT')) return fault;
  if (
    wantsClientCertificate ||
    alert === Alert.CERTIFICATE_REQUIRED ||
    outcome.code.includes('CERTIFICATE_REQUIRED')
  ) {
    return clientCertificate();
  }
  if (outcome.reason === 'reset') return connectionLost(facts);
  return fault ?? tlsFailure(outcome);
}

function tlsVersion(version: number | undefined): Words {
  const old =
    version !== undefined && version < TLS_1_2
      ? ` The server chose TLS 1.${version - 0x0301}.`
      : '';
  return {
    name: 'tls-version',
    summary: `The server has no version of TLS that this runtime accepts.${old}`,
    remedy:
      'Ask the server’s owner to switch on TLS 1.2 or 1.3; older versions are broken (RFC 8996).',
  };
}

function unknownServerName({ target }: Facts): Words {
  return {
    name: 'unknown-server-name',
    summary: `The server does not know the name ${target.servername}.`,
    remedy:
      'Ask for a name it serves, or ask the server’s owner to add this one to its configuration.',
  };
}

function connectionLost({ target }: Facts): Words {
  return {
    name: 'connection-lost',
    summary: `${target.host}:${target.port} closed the connection before TLS was set up.`,
    remedy:
      'Check that the port is one for TLS and that no firewall cuts the connection; the server’s owner sees in its log ' +
      'whether it has a certificate. A mail, LDAP or database server that speaks in plain text first is asked with `--starttls`.',
  };
}

function tlsFailure({ code, message }: Failed): Words {
  return {
    name: 'tls-failure',
    summary: `The handshake fails: ${plainMessage(message)} (${code}).`,
    remedy:
      'Ask the server’s owner to compare the ciphers, curves and signature algorithms of both sides; its log says ' +
      'what it did not like. An OPENSSL_CONF of this machine may forbid what the server needs.',
  };
}

/** OpenSSL's text `error:0A000410:SSL routines::what happened:file:line:` reduced to what happened. */
function plainMessage(message: string): string {
  const [, reason] = /error:[0-9A-F]+:[^:]*:[^:]*:([^:]+)/.exec(message) ?? [];
  return reason ?? message.trim();
}

/** Greetings of plain-text protocols, and what to do about each. */
const GREETINGS: readonly [
  pattern: RegExp,
  what: string,
  remedy: string,
  startTls: string | undefined,
][] = [
  [
    /^HTTP\/|^<(?:!doctype|html)/i,
    'HTTP without TLS',
    'Use an http:// URL, or the port for HTTPS.',
    undefined,
  ],
  [/^220[ -].*(?:smtp|mail|esmtp)/i, 'SMTP', 'Ask it to switch to TLS: ', 'smtp'],
  [/^220[ -]/, 'FTP or SMTP', 'If it is a mail server, ask it to switch to TLS: ', 'smtp'],
  [/^\* (?:OK|PREAUTH)/, 'IMAP', 'Ask it to switch to TLS: ', 'imap'],
  [/^\+OK/, 'POP3', 'Ask it to switch to TLS: ', 'pop3'],
  [/^SSH-/, 'SSH', 'SSH has no TLS; use the port of the service you mean.', undefined],
  [/^E[\0\w].*(?:FATAL|protocol)/s, 'PostgreSQL', 'Ask it to switch to TLS: ', 'postgres'],
];

function notTls({ target }: Facts, plainText: string): Words {
  const greeting = GREETINGS.find(([pattern]) => pattern.test(plainText));
  const name: DiagnosisName = 'not-tls';
  if (greeting) {
    const [, what, words, startTls] = greeting;
    const remedy =
      startTls === undefined
        ? words
        : `${words}${doctorAgain({ target }, '--starttls', startTls)}.`;
    return { name, summary: `${target.host}:${target.port} speaks ${what}.`, remedy };
  }
  return {
    name,
    summary: `${target.host}:${target.port} answers, but not in TLS: ${JSON.stringify(plainText.slice(0, 40))}.`,
    remedy:
      'Use the port for TLS. A mail, LDAP or PostgreSQL server is asked to switch with `--starttls`.',
  };
}
