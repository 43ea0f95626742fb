/**
 * Modules that are loaded when they are needed: compiling what is not used is most of what importing a package takes.
 *
 * The published files are joined of several modules (see build/bundle-files.mjs). Each but the first is a function of what it takes
 * from others, which {@link linkFile} calls once, because finding a file that is loaded already takes as long as running it.
 */
export interface PartOptions {
  /** Whether an injection that has begun may come to need it. @defaultValue true */
  forInjection?: boolean;
}

/** What joined files take from the first of them. */
export const shared: Record<string, unknown> = {
  /** @throws Error for a file of another build, which takes other things under the same names */
  check: (build: string) => {
    // After an update, Deno runs what it has cached of a file that was as long as it is now, with the number of another build.
    if (build === shared['build'] || process.versions['deno'] !== undefined) return;
    throw new Error('os-truststore was replaced on disk while this process runs; start it again');
  },
};

export type JoinedFile<Module> = (values: typeof shared, link: typeof linkFile) => Module;

const linked = new Map<unknown, unknown>();

/** Once for all modules of a file. */
export function linkFile<Module extends object>(file: Module | JoinedFile<Module>): Module {
  if (typeof file !== 'function') return file;
  if (!linked.has(file)) linked.set(file, file(shared, linkFile));
  return linked.get(file) as Module;
}

const injectionParts: (() => unknown)[] = [];

/**
 * @param load - a literal `require`, which bundlers see
 * @returns a function that loads the module at its first call
 */
export function part<Module extends object>(
  load: () => Module,
  { forInjection = true }: PartOptions = {},
): () => Module {
  let module: Module | undefined;
  const get = (): Module => (module ??= linkFile(load()));
  if (forInjection) injectionParts.push(get);
  return get;
}

/** See loadAllBuiltins. Those that are loaded may have parts of their own. */
export function loadAllParts(): void {
  for (const get of injectionParts) get();
}
