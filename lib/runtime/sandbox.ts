/**
 * Whether `require` is Node's own.
 */
import { loadBuiltin } from '../base/builtins.js';

interface ModuleClass {
  _extensions?: unknown;
}

let sandboxed: boolean | undefined;

/** Whether `require` is a sandbox's, such as jest's, and may stop working. */
export function isSandboxed(): boolean {
  return (sandboxed ??=
    !hasExtensionsOf(module.constructor as ModuleClass) && !hasExtensionsOf(moduleClass()));
}

/** Node's own `require` shows the extensions of the class whose instances modules are. */
function hasExtensionsOf({ _extensions: extensions }: ModuleClass): boolean {
  return (
    extensions !== undefined && (require as { extensions?: unknown }).extensions === extensions
  );
}

/** Where `module` is a bundler's own object; loading it takes longer than looking at `module`. */
function moduleClass(): ModuleClass {
  return loadBuiltin('node:module') as ModuleClass;
}
