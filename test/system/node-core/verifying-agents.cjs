/**
 * Loaded before a test: its agents come from createAgent(), which also verifies requests that name a `ca`. Tests trust
 * only certificates they name, so the verification of the global agent would skip nearly all of them.
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
