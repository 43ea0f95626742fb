some-cli
