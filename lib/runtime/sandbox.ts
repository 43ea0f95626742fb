/**
 * Tells whether `require` is Node's own.
 */
import { loadBuiltin } from '../base/builtins.js';

interface ModuleClass {
  _extensions?: unknown;
}

let sandboxed: boolean | undefined;

/** True when `require` belongs to a sandbox, such as jest's, and may stop working. */
export function isSandboxed(): boolean {
  return (sandboxed ??=
    !hasExtensionsOf(module.constructor as ModuleClass) && !hasExtensionsOf(moduleClass()));
}

/** True for Node's own `require`, which has the `_extensions` of the class that modules are instances of. */
function hasExtensionsOf({ _extensions: extensions }: ModuleClass): boolean {
  return (
    extensions !== undefined && (require as { extensions?: unknown }).extensions === extensions
  );
}

/** The class of modules where `module` is a bundler's own object. It is asked second because loading it takes longer. */
function moduleClass(): ModuleClass {
  return loadBuiltin('node:module') as ModuleClass;
}
