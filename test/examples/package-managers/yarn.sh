npx os-truststore run -- yarn install
