import { inject } from 'os-truststore';
import type { Injection } from 'os-truststore';

// Every TLS client of this program now trusts what the machine trusts.
const injection: Injection = inject();

const response = await fetch(process.argv[2] ?? 'https://intranet.example');
console.log(response.status, response.url);

injection.restore(); // only if the program is to trust Node's own roots alone again
