node --require os-truststore/register app.js
