const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { getRawAsset } = require('node:sea');

const folder = mkdtempSync(join(tmpdir(), 'my-program-'));
process.env.OS_TRUSTSTORE_ADDON = join(folder, 'os-truststore.node');
writeFileSync(process.env.OS_TRUSTSTORE_ADDON, new Uint8Array(getRawAsset('os-truststore.node')));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
