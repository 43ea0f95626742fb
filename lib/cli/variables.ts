/**
 * The environment variables that this package reads, with a sentence each, for the page of commands.
 */
export interface DocumentedVariable {
  names: readonly string[];
  meaning: string;
}

const REGISTER = 'Of `os-truststore/register`:';

export const documentedVariables: readonly DocumentedVariable[] = [
  {
    names: ['SSL_CERT_FILE', 'SSL_CERT_DIR'],
    meaning:
      "Take the place of the system's file and directories (Linux and other Unix), as in OpenSSL.",
  },
  {
    names: ['NIX_SSL_CERT_FILE'],
    meaning:
      "Takes the place of the system's file, before `SSL_CERT_FILE`, in programs whose OpenSSL is built by Nix.",
  },
  {
    names: ['NODE_EXTRA_CA_CERTS'],
    meaning: 'A file of CAs that are added, also when it is set too late for Node.',
  },
  {
    names: ['OS_TRUSTSTORE_USER_CAS'],
    meaning: 'Files and directories of your own CAs, separated by `:` (Windows: `;`).',
  },
  {
    names: ['OS_TRUSTSTORE_BUNDLED', 'OS_TRUSTSTORE_SYSTEM'],
    meaning: `${REGISTER} \`0\` leaves out Node's roots, or the system's.`,
  },
  {
    names: ['OS_TRUSTSTORE_EXCLUDE'],
    meaning: `${REGISTER} SHA-256 fingerprints to leave out.`,
  },
  {
    names: ['OS_TRUSTSTORE_ROOT_LISTS'],
    meaning: `${REGISTER} \`0\` takes a \`ca\` that holds all of Node's roots literally.`,
  },
  { names: ['OS_TRUSTSTORE_WATCH'], meaning: `${REGISTER} \`1\` follows changes of the store.` },
  {
    names: ['OS_TRUSTSTORE_EXPLAIN_ERRORS'],
    meaning: `${REGISTER} \`1\` adds cause and cure to the errors of refused connections.`,
  },
  { names: ['OS_TRUSTSTORE_WORKERS'], meaning: `${REGISTER} \`0\` leaves worker threads alone.` },
  {
    names: ['OS_TRUSTSTORE_CHILD_PROCESSES'],
    meaning: `${REGISTER} \`1\` injects into Node processes that the program starts.`,
  },
  {
    names: ['OS_TRUSTSTORE_DEADLINE_MS'],
    meaning: `${REGISTER} how long the first TLS context waits for the store.`,
  },
  {
    names: ['OS_TRUSTSTORE_FETCH_INTERMEDIATES'],
    meaning: `${REGISTER} \`1\` fetches intermediates that servers leave out.`,
  },
  {
    names: ['OS_TRUSTSTORE_REVOCATION'],
    meaning: `${REGISTER} \`off\`, \`soft-fail\` or \`require\`.`,
  },
  { names: ['OS_TRUSTSTORE_VERIFIER'], meaning: `${REGISTER} \`openssl\` or \`system\`.` },
  {
    names: ['OS_TRUSTSTORE_LOG_LEVEL'],
    meaning: '`debug`, `info`, `warn` or `error`: log to stderr from that level on.',
  },
  { names: ['NODE_DEBUG'], meaning: '`os-truststore` in it is the same with `debug`.' },
  {
    names: ['OS_TRUSTSTORE_LOG_FILE', 'OS_TRUSTSTORE_LOG_FILE_LEVEL'],
    meaning:
      'Append the log to this file (mode 0600 when it is made), from that level on; default `debug`.',
  },
  {
    names: ['OS_TRUSTSTORE_ADDON'],
    meaning: 'The file of the addon, for programs that ship it elsewhere.',
  },
  {
    names: ['OS_TRUSTSTORE_PREBUILD', 'PREBUILDS_ONLY'],
    meaning: 'Leave the search for the addon to `node-gyp-build`.',
  },
  {
    names: ['HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'],
    meaning: 'How the doctor reaches a host; lower case works, too.',
  },
  {
    names: ['XDG_CONFIG_HOME', 'APPDATA', 'HOME'],
    meaning: 'Where the directory of your own CAs is.',
  },
  { names: ['XDG_CACHE_HOME', 'LOCALAPPDATA'], meaning: 'Where bundles are.' },
  {
    names: ['NO_COLOR', 'FORCE_COLOR', 'TERM', 'COLUMNS'],
    meaning: 'Colours and width of the command; `TERM=dumb` is no colours.',
  },
];
