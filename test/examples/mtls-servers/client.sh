curl --cacert server.pem --cert client.pem --key client-key.pem https://localhost:8443
