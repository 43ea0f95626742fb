node --require os-truststore/register node_modules/jest/bin/jest.js
