npx os-truststore doctor intranet.example
