/**
 * The same module for `import`, so that there is one instance however it is loaded.
 */
export * from './index.js';
