import { inject } from 'os-truststore';

inject(); // every TLS client of this program now trusts what the machine trusts

const response = await fetch(process.argv[2] ?? 'https://intranet.example');
console.log(response.status, response.url);
