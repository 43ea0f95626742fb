/**
 * Protocols that begin in plain text and are asked to go on in TLS.
 */
export const startTlsProtocols = ['smtp', 'imap', 'pop3', 'postgres', 'ldap'] as const;
export type StartTlsProtocol = (typeof startTlsProtocols)[number];
