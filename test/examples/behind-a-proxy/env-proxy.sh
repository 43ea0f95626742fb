NODE_USE_ENV_PROXY=1 node --require os-truststore/register app.js
