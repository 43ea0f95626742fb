NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt npm install os-truststore
