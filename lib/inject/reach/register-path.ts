/**
 * The file that injects on being loaded; see register.ts. Beside index.ts, as the two are beside each other in dist/.
 */
import { join } from 'node:path';

export function registerPath(): string {
  return join(__dirname, 'register.js');
}
