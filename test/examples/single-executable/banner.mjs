import { createRequire as _createRequire } from 'node:module';
import { dirname as _dirname } from 'node:path';
import { fileURLToPath as _fileURLToPath } from 'node:url';
const require = _createRequire(import.meta.url);
const __filename = _fileURLToPath(import.meta.url);
const __dirname = _dirname(__filename);
