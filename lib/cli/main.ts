#!/usr/bin/env node
/**
 * The entry point of the command.
 */
import type { JoinedFile } from '../base/part.js';
import type { internals } from '../internals.js';

type Command = typeof import('./library-api.js') & typeof import('./start.js');

// The same files that programs load.
const library = require('../index.js') as { internals: typeof internals };

const { createLibraryApi, start } = library.internals.linkFile<Command>(
  require('../parts/command.js') as JoinedFile<Command>,
);

start(createLibraryApi());
