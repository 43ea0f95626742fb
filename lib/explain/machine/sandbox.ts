/**
 * Flatpak and Snap: whose store is read inside, and how that of the host gets in.
 */
import { accessSync, constants, existsSync, readFileSync, realpathSync, statSync } from 'node:fs';

import type { Environment } from '../../types.js';
import type { Finding, MachineFacts, SandboxFacts } from './machine-types.js';

/** Files themselves: a link below the host's /etc may lead into the sandbox. */
const HOST_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ca-certificates/extracted/tls-ca-bundle.pem',
];

/** @param root - of the file system; tests have others */
export function readSandbox(env: Environment, root = ''): SandboxFacts | undefined {
  if (existsSync(`${root}/.flatpak-info`)) {
    return { kind: 'flatpak', p11Kit: hasP11Kit(root), ...hostBundle(`${root}/run/host`) };
  }
  const isSnap = env['SNAP'] !== undefined && env['SNAP_NAME'] !== undefined;
  if (!isSnap || !isMount(`${root}/etc`, `${root}/etc/ssl`)) return undefined;
  return { kind: 'snap', p11Kit: false, ...hostBundle(root, '/etc/ssl/') };
}

/**
 * Flatpak puts p11-kit's client in place of the runtime's trust module, and a socket to a server on the host
 * (flatpak-run.c, add_monitor_path_args).
 */
function hasP11Kit(root: string): boolean {
  try {
    const module = readFileSync(`${root}/etc/pkcs11/modules/p11-kit-trust.module`, 'utf8');
    return module.includes('p11-kit-client') && existsSync(`${root}/run/flatpak/p11-kit/pkcs11`);
  } catch {
    return false;
  }
}

/**
 * Snap takes /etc from the host and lays /etc/ssl of the base over it, except on Debian and its like with a base `core*`
 * (mount-support.c, dirs_from_core). Classic snaps have nothing laid over anything.
 */
function isMount(parent: string, directory: string): boolean {
  const [outer, inner] = [parent, directory].map((path) =>
    statSync(path, { throwIfNoEntry: false }),
  );
  return outer !== undefined && inner !== undefined && outer.dev !== inner.dev;
}

function hostBundle(host: string, covered?: string): Pick<SandboxFacts, 'hostBundle'> {
  for (const path of HOST_BUNDLES) {
    if (covered !== undefined && path.startsWith(covered)) continue;
    try {
      accessSync(host + path, constants.R_OK);
      if (realpathSync(host + path).startsWith(`${host}/etc/`)) return { hostBundle: host + path };
    } catch {
      // Another distribution's.
    }
  }
  return {};
}

/**
 * The host's trust is not read through p11-kit: how its protocol carries distrust was mended in 0.25.6 and unmended in 0.25.8
 * (map_attribute_to_value_type in rpc-message.c), and `trust extract` of 0.24 lists nothing at all over it.
 */
export function sandboxFindings(facts: MachineFacts): Finding[] {
  const { userDirectory, variables } = facts;
  const { sandbox } = facts.surroundings;
  if (sandbox === undefined) return [];
  const { kind, p11Kit, hostBundle: bundle } = sandbox;
  // Somebody has done so already.
  if (bundle !== undefined && variables.some(({ value }) => value?.includes(bundle))) return [];
  const isFlatpak = kind === 'flatpak';
  const host = p11Kit
    ? ' The host’s is here for programs that ask p11-kit (GnuTLS), which OpenSSL, Node and os-truststore do not.'
    : '';
  const permission = isFlatpak
    ? ' Or give it the permission host-etc, and run doctor again: it names the file to use.'
    : '';
  return [
    {
      name: 'sandbox',
      severity: 'info',
      summary: `This is a ${isFlatpak ? 'Flatpak' : 'Snap'}: it sees the store of its ${isFlatpak ? 'runtime' : 'base'}, not that of the host.${host}`,
      remedy:
        bundle === undefined
          ? `On the host, make the directory ${userDirectory}, and run \`os-truststore export --source system -o ${userDirectory}/host.pem\` whenever its store has changed.${permission}`
          : `Set OS_TRUSTSTORE_USER_CAS=${bundle}, which is the host’s.`,
    },
  ];
}
