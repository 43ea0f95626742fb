/**
 * Finds the command that adds a root to the system's store.
 */
import { existsSync } from 'node:fs';

import type { Environment } from '../../types.js';

/** The directories of administrators: Debian and Alpine, Red Hat, SUSE, Arch. */
const COMMANDS: readonly (readonly [directory: string, command: string])[] = [
  [
    '/usr/local/share/ca-certificates',
    'sudo cp ROOT.pem /usr/local/share/ca-certificates/ROOT.crt && sudo update-ca-certificates',
  ],
  [
    '/etc/pki/ca-trust/source/anchors',
    'sudo cp ROOT.pem /etc/pki/ca-trust/source/anchors/ && sudo update-ca-trust',
  ],
  [
    '/etc/pki/trust/anchors',
    'sudo cp ROOT.pem /etc/pki/trust/anchors/ && sudo update-ca-certificates',
  ],
  [
    '/etc/ca-certificates/trust-source/anchors',
    'sudo cp ROOT.pem /etc/ca-certificates/trust-source/anchors/ && sudo update-ca-trust',
  ],
];

const ELSEWHERE: Partial<Record<NodeJS.Platform, string>> = {
  darwin:
    'sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain ROOT.pem',
  win32: 'certutil -addstore -f Root ROOT.pem',
};

/** Undefined where no such command is known, or where a variable names another store. */
export function storeCommand(env: Environment): string | undefined {
  const isNamed = ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'NIX_SSL_CERT_FILE'].some((name) => env[name]);
  if (process.platform !== 'linux') return ELSEWHERE[process.platform];
  if (isNamed) return undefined;
  return COMMANDS.find(([directory]) => existsSync(directory))?.[1];
}
