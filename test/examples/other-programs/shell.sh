eval "$(npx os-truststore env)" # for the whole shell; also fish, PowerShell, cmd, GitHub Actions, Dockerfile
some-cli
