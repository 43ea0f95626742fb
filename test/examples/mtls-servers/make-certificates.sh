openssl req -x509 -newkey rsa:2048 -noenc -days 365 -subj "/CN=My clients" \
  -keyout clients-ca-key.pem -out clients-ca.pem
openssl req -new -newkey rsa:2048 -noenc -subj "/CN=alice" -keyout client-key.pem -out client.csr
openssl x509 -req -in client.csr -CA clients-ca.pem -CAkey clients-ca-key.pem -CAcreateserial \
  -days 365 -out client.pem
openssl req -x509 -newkey rsa:2048 -noenc -days 365 -subj "/CN=localhost" \
  -addext "subjectAltName=DNS:localhost" -keyout server-key.pem -out server.pem
