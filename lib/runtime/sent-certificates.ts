/**
 * Lists everything a server sent in a handshake. `getPeerCertificate(true)` shows only one certificate for each issuer; only
 * `getPeerX509Certificate()` has the others, in the order they were sent.
 */
import type { X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate, PeerCertificate, TLSSocket } from 'node:tls';

/** True in Bun and Deno, which link all certificates as sent, and then those after the last one. Node links by names. */
export const LINKS_ALL_SENT =
  process.versions['bun'] !== undefined || process.versions['deno'] !== undefined;

/**
 * The certificates in DER, in the order they were sent. Undefined where the runtime does not tell.
 *
 * @param leaf - what `getPeerCertificate(true)` has shown of this handshake; undefined when it has not been called. It is not
 * called here, because Node 24 and 26 crash at any sent EC key whose curve has no NIST name.
 */
export function sentCertificates(
  socket: TLSSocket,
  leaf?: DetailedPeerCertificate,
): Buffer[] | undefined {
  const sent = listSent(socket);
  const first = sent?.[0];
  if (!sent || !first) return undefined;
  let known = leaf;
  keepPeer(socket, first, () => (known ??= linkNames(first, sent.slice(1))));
  return sent.map(({ raw }) => raw);
}

/** The same, for a socket that is about to be destroyed: it is not kept from forgetting what it has told. */
export function listSent(socket: TLSSocket): X509Certificate[] | undefined {
  // Another library may have put a different object in the place of a socket.
  const first = 'getPeerX509Certificate' in socket ? socket.getPeerX509Certificate() : undefined;
  if (!first) return undefined;
  const sent: X509Certificate[] = [];
  let current: X509Certificate | undefined = first;
  // Reads all of them, since a certificate left out might be the distrusted one. OpenSSL bounds the number of bytes.
  while (current) {
    sent.push(current);
    current = current.issuerCertificate as X509Certificate | undefined;
  }
  return sent;
}

/**
 * Before Node 26, `getPeerX509Certificate()` removes the server's certificate from what the socket knows, so a second call
 * shows none. Where that has happened, the earlier answers are given until a renegotiation brings new ones.
 */
function keepPeer(
  socket: TLSSocket,
  first: X509Certificate,
  leaf: () => DetailedPeerCertificate,
): void {
  const getPeerCertificate = socket.getPeerCertificate.bind(socket);
  const getPeerX509Certificate = socket.getPeerX509Certificate.bind(socket);
  const show = (): Partial<PeerCertificate> | null => getPeerCertificate();
  if (getPeerX509Certificate()?.fingerprint256 === first.fingerprint256) return;
  const left = show()?.fingerprint256;
  const isAsLeft = (): boolean => {
    const present = show();
    return present !== null && present.fingerprint256 === left;
  };
  const alone = (): Partial<DetailedPeerCertificate> => {
    const shown: Partial<DetailedPeerCertificate> = { ...leaf() };
    delete shown.issuerCertificate;
    return shown;
  };
  const methods = {
    getPeerCertificate: (detailed?: boolean) =>
      isAsLeft() ? (detailed ? leaf() : alone()) : getPeerCertificate(detailed),
    getPeerX509Certificate: () => (isAsLeft() ? first : getPeerX509Certificate()),
  };
  for (const [name, value] of Object.entries(methods)) {
    Object.defineProperty(socket, name, { value, configurable: true, writable: true });
  }
}

/** Links certificates as Node does: by names, and a self-issued one to itself. */
function linkNames(
  leaf: X509Certificate,
  sent: readonly X509Certificate[],
): DetailedPeerCertificate {
  const others = new Set(sent);
  const shown = leaf.toLegacyObject() as DetailedPeerCertificate;
  let [below, last] = [leaf, shown];
  while (!below.checkIssued(below)) {
    const issuer = [...others].find((candidate) => below.checkIssued(candidate));
    if (!issuer) return shown;
    others.delete(issuer);
    last.issuerCertificate = issuer.toLegacyObject() as DetailedPeerCertificate;
    [below, last] = [issuer, last.issuerCertificate];
  }
  last.issuerCertificate = last;
  return shown;
}
