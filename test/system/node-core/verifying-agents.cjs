/**
 * Loaded before a test: its agents are those of createAgent(), which verifies what names a `ca` as well. Tests trust no
 * other certificates than those they name, so the verification of the global agent leaves nearly all of them alone.
 */
const https = require('node:https');
const { createAgent } = require('os-truststore');

const verify = { fetchIntermediates: true, revocation: 'soft-fail' };
const { Agent, globalAgent } = https;

function VerifyingAgent(options) {
  https.Agent = Agent;
  try {
    return createAgent({ ...options, ...verify });
  } finally {
    https.Agent = VerifyingAgent;
  }
}
VerifyingAgent.prototype = Agent.prototype;

https.Agent = VerifyingAgent;
https.globalAgent = new VerifyingAgent(globalAgent.options);
