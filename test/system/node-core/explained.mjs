/**
 * Tests of Node core that end otherwise with os-truststore than without, and why that is right. `modes` are those of
 * run.mjs. Whatever is not in this table fails the run.
 */
export const explained = [];
