/**
 * Finds out which store is read inside Flatpak and Snap, and how the host's store can be used there.
 */
import { accessSync, constants, existsSync, readFileSync, realpathSync, statSync } from 'node:fs';

import type { Environment } from '../../types.js';
import type { Finding, MachineFacts, SandboxFacts } from './machine-types.js';

/** These are files, because a link below the host's /etc may lead into the sandbox. */
const HOST_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ca-certificates/extracted/tls-ca-bundle.pem',
];

/** @param root - the root of the file system, for tests */
export function readSandbox(env: Environment, root = ''): SandboxFacts | undefined {
  if (existsSync(`${root}/.flatpak-info`)) {
    return { kind: 'flatpak', p11Kit: hasP11Kit(root), ...hostBundle(`${root}/run/host`) };
  }
  const isSnap = env['SNAP'] !== undefined && env['SNAP_NAME'] !== undefined;
  if (!isSnap || !isMount(`${root}/etc`, `${root}/etc/ssl`)) return undefined;
  return { kind: 'snap', p11Kit: false, ...hostBundle(root, '/etc/ssl/') };
}

/**
 * Flatpak replaces the runtime's trust module with p11-kit's client, and adds a socket to a server on the host
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
 * Snap uses the host's /etc and mounts the base's /etc/ssl over it, except on Debian and its derivatives with a `core*` base
 * (mount-support.c, dirs_from_core). Classic snaps have no such mounts.
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
      // It belongs to another distribution.
    }
  }
  return {};
}

/**
 * The host's trust is not read through p11-kit: the way its protocol carries distrust was fixed in 0.25.6 and broken again in
 * 0.25.8 (map_attribute_to_value_type in rpc-message.c), and `trust extract` of 0.24 lists nothing through it.
 */
export function sandboxFindings(facts: MachineFacts): Finding[] {
  const { userDirectory, variables } = facts;
  const { sandbox } = facts.surroundings;
  if (sandbox === undefined) return [];
  const { kind, p11Kit, hostBundle: bundle } = sandbox;
  // The user has already set this up.
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
          ? `On the host, make the directory ${userDirectory}, and run \`npx os-truststore export --source system -o ${userDirectory}/host.pem\` whenever its store has changed.${permission}`
          : `Use the host’s: \`OS_TRUSTSTORE_USER_CAS=${bundle}\`.`,
    },
  ];
}
