const [url] = process.argv.slice(2);

// #region use
const https = require('node:https');
const { createAgent, createConnector } = require('os-truststore');
const undici = require('undici');

const agent = createAgent({ fetchIntermediates: true, revocation: 'soft-fail' });
https.get(url, { agent }, (response) => response.pipe(process.stdout));

const connect = createConnector({ fetchIntermediates: true });
const dispatcher = new undici.Agent({ connect });
undici.request(url, { dispatcher }).then(async ({ body }) => console.log(await body.text()));
// #endregion
