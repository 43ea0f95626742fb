/**
 * Everything a server sent in a handshake. `getPeerCertificate(true)` shows one certificate for each issuer; what the server
 * sent besides, in whatever order, only `getPeerX509Certificate()` has.
 */
import type { X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate, PeerCertificate, TLSSocket } from 'node:tls';

/** Bun and Deno link all of it, in that order, and then what leads on from the last one. Node links by names. */
export const LINKS_ALL_SENT =
  process.versions['bun'] !== undefined || process.versions['deno'] !== undefined;

/**
 * In DER, in the order they were sent. Undefined where the runtime does not tell.
 *
 * @param leaf - what `getPeerCertificate(true)` has shown of this handshake; undefined: nobody has asked. Nor is it asked
 * here, since Node 24 and 26 crash at each EC key whose curve has no name of NIST, whoever sent it.
 */
export function sentCertificates(
  socket: TLSSocket,
  leaf?: DetailedPeerCertificate,
): Buffer[] | undefined {
  // Another library may have put something else in the place of a socket.
  const first = 'getPeerX509Certificate' in socket ? socket.getPeerX509Certificate() : undefined;
  if (!first) return undefined;
  const sent: X509Certificate[] = [];
  let current: X509Certificate | undefined = first;
  // To the end, which OpenSSL bounds in bytes: what is left out may be what is distrusted.
  while (current) {
    sent.push(current);
    current = current.issuerCertificate as X509Certificate | undefined;
  }
  let known = leaf;
  keepPeer(socket, first, () => (known ??= linkNames(first, sent.slice(1))));
  return sent.map(({ raw }) => raw);
}

/**
 * Before Node 26 that question takes the server's certificate out of what the socket knows: asked again, it shows none. Where
 * that has happened the answers of before are given, until a renegotiation brings new ones.
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

/** As Node does: by names, and to itself where it is its own issuer. */
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
