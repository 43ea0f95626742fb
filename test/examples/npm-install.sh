npm install os-truststore
