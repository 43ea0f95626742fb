NODE_OPTIONS="--require os-truststore/register" npm start
