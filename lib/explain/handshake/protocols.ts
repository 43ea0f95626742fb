/**
 * The protocols that begin in plain text and switch to TLS on request.
 */
export const startTlsProtocols = ['smtp', 'imap', 'pop3', 'postgres', 'ldap'] as const;
export type StartTlsProtocol = (typeof startTlsProtocols)[number];
