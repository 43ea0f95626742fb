/**
 * Loads modules when they are needed, because compiling unused code is most of the cost of importing a package.
 *
 * Published files join several modules each (see build/bundle-files.mjs). All but the first are functions of the values they
 * take from others. {@link linkFile} calls each once, because looking up a loaded file takes as long as running it.
 */
export interface PartOptions {
  /** True when an injection may come to need the module after it has begun. @defaultValue true */
  forInjection?: boolean;
}

/** The values that other joined files take from the first one. */
export const shared: Record<string, unknown> = {
  /** @throws Error when a file comes from another build, whose values have the same names but differ */
  check: (build: string) => {
    // After an update Deno may run cached code, with the old build's number, for a file whose length has not changed.
    if (build === shared['build'] || process.versions['deno'] !== undefined) return;
    throw new Error('os-truststore was replaced on disk while this process runs; start it again');
  },
};

export type JoinedFile<Module> = (values: typeof shared, link: typeof linkFile) => Module;

const linked = new Map<unknown, unknown>();

/** Runs a joined file once, for all the modules in it. */
export function linkFile<Module extends object>(file: Module | JoinedFile<Module>): Module {
  if (typeof file !== 'function') return file;
  if (!linked.has(file)) linked.set(file, file(shared, linkFile));
  return linked.get(file) as Module;
}

const injectionParts: (() => unknown)[] = [];

/**
 * @param load - calls `require` with a literal path, which bundlers can see
 * @returns a function that loads the module when it is first called
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

/** Loads every part at once; see loadAllBuiltins. A part that is loaded may register further parts. */
export function loadAllParts(): void {
  for (const get of injectionParts) get();
}
