npx os-truststore run --inject -- some-cli
