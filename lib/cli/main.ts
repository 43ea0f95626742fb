#!/usr/bin/env node
import { createLibraryApi } from './library-api.js';
import { start } from './start.js';

start(createLibraryApi());
