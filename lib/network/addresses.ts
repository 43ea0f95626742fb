/**
 * Tells which addresses belong to the public Internet. Pure.
 */
import { BlockList, isIP, isIPv6 } from 'node:net';

/** All entries of IANA's special-purpose registries (RFC 6890) that are not globally reachable. */
const SPECIAL: readonly [address: string, prefix: number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // Not from IANA: each virtual machine of Azure reaches its host here (Microsoft, "What is IP address 168.63.129.16?").
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** The only unicast space that IANA assigns. */
const GLOBAL_UNICAST: readonly [address: string, prefix: number] = ['2000::', 3];

/** Blocks inside it that lead elsewhere: benchmarking, documentation, and 6to4 and Teredo, which embed IPv4 addresses. */
const SPECIAL_IPV6: readonly [address: string, prefix: number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

function toBlockList(
  subnets: readonly (readonly [string, number])[],
  family: 'ipv4' | 'ipv6',
): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of subnets) list.addSubnet(address, prefix, family);
  return list;
}

const specialIPv4 = toBlockList(SPECIAL, 'ipv4');
const globalIPv6 = toBlockList([GLOBAL_UNICAST], 'ipv6');
const specialIPv6 = toBlockList(SPECIAL_IPV6, 'ipv6');

/** False for loopback, private, link-local, multicast and other special addresses, and for text that is not an address. */
export function isPublicAddress(address: string): boolean {
  // An address with a zone belongs to a link.
  if (isIP(address) === 0 || address.includes('%')) return false;
  if (!isIPv6(address)) return !specialIPv4.check(address, 'ipv4');
  // IPv4-mapped and NAT64 addresses lie outside global unicast space, so they are refused too.
  return globalIPv6.check(address, 'ipv6') && !specialIPv6.check(address, 'ipv6');
}
