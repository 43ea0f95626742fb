/**
 * Lists products known to replace servers' certificates with their own: company filters, virus scanners, debuggers.
 */
import { nameAttributes } from '../../certificate/names.js';

/** The patterns match names of roots and of the certificates they issue. */
const PRODUCTS: readonly [pattern: RegExp, product: string][] = [
  [/zscaler/i, 'Zscaler'],
  [/netskope|goskope/i, 'Netskope'],
  [/palo ?alto|prisma access|globalprotect/i, 'Palo Alto Networks'],
  [/fortinet|fortigate|forticlient/i, 'Fortinet'],
  [/blue ?coat|symantec (?:web|cloud)|proxysg/i, 'Symantec (Blue Coat)'],
  [/cisco (?:umbrella|secure access)|opendns/i, 'Cisco Umbrella'],
  [/forcepoint|websense/i, 'Forcepoint'],
  [/mcafee|skyhigh/i, 'Skyhigh (McAfee)'],
  [/sophos/i, 'Sophos'],
  [/check ?point/i, 'Check Point'],
  [/sonicwall/i, 'SonicWall'],
  [/watchguard/i, 'WatchGuard'],
  [/barracuda/i, 'Barracuda'],
  [/iboss/i, 'iboss'],
  [/menlo security/i, 'Menlo Security'],
  [/cloudflare.*(?:gateway|zero trust|for teams)|gateway ca - cloudflare/i, 'Cloudflare Gateway'],
  [/cato networks/i, 'Cato Networks'],
  [/smoothwall/i, 'Smoothwall'],
  [/lightspeed/i, 'Lightspeed Systems'],
  [/securly/i, 'Securly'],
  [/contentkeeper/i, 'ContentKeeper'],
  [/untangle|arista edge/i, 'Untangle'],
  [/trend ?micro/i, 'Trend Micro'],
  [/kaspersky/i, 'Kaspersky'],
  [/avast|avg (?:web|mail)/i, 'Avast or AVG'],
  [/\beset\b/i, 'ESET'],
  [/bitdefender/i, 'Bitdefender'],
  [/norton/i, 'Norton'],
  [/dr\.?web/i, 'Dr.Web'],
  [/adguard/i, 'AdGuard'],
  [/mitmproxy/i, 'mitmproxy'],
  [/charles proxy/i, 'Charles'],
  [/fiddler/i, 'Fiddler'],
  [/portswigger/i, 'Burp Suite'],
  [/proxyman/i, 'Proxyman'],
  [/http toolkit/i, 'HTTP Toolkit'],
  [/owasp.*zap|zed attack proxy/i, 'ZAP'],
  [/squid/i, 'Squid'],
  [/pfsense|opnsense/i, 'pfSense or OPNsense'],
];

/** The product whose name appears in one of the subjects. */
export function inspectionProduct(subjects: readonly string[]): string | undefined {
  const names = subjects.flatMap((subject) => [...nameAttributes(subject).values()]);
  return PRODUCTS.find(([pattern]) => names.some((name) => pattern.test(name)))?.[1];
}
