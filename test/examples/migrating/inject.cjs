require('os-truststore').inject();
