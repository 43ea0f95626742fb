/**
 * Makes the environment that tests run in. Variables that change what OpenSSL, Node or this package trusts hide faults
 * when the machine happens to set them, so no test process inherits one.
 */
const removed = [
  'NIX_SSL_CERT_FILE',
  'NODE_EXTRA_CA_CERTS',
  'NODE_OPTIONS',
  'NODE_TLS_REJECT_UNAUTHORIZED',
  'NODE_USE_ENV_PROXY',
  'NODE_USE_SYSTEM_CA',
  'NODE_V8_COVERAGE',
  'SSL_CERT_DIR',
  'SSL_CERT_FILE',
  'DENO_CERT',
  'DENO_TLS_CA_STORE',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
];

/** Returns the variables with which package managers reach their registry; only tests of these get them. */
export function registryEnvironment(env = process.env) {
  const kept = Object.entries(env).filter(([name]) => removed.includes(name.toUpperCase()));
  return { TEST_REGISTRY_ENVIRONMENT: JSON.stringify(Object.fromEntries(kept)) };
}

/** Returns a copy of `env` without them, and without this package's own variables. */
export function testEnvironment(env = process.env) {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => !removed.includes(name.toUpperCase()) && !/^OS_TRUSTSTORE_/i.test(name),
    ),
  );
}
