NODE_OPTIONS="--require $(node -p "require.resolve('os-truststore/register')")"
export NODE_OPTIONS
cd / && some-cli
