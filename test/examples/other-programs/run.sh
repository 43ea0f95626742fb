npx os-truststore run -- some-cli
