export NODE_OPTIONS="--require os-truststore/register"
cd / && some-cli
