/**
 * What TypeScript shows users of the package, as text in order of names. It says nothing of the file a type is declared in, so
 * moving declarations changes nothing.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ts from 'typescript';

import { heading } from './snapshot.js';

const { SymbolFlags, TypeFormatFlags } = ts;

/** The file with the types of each entry point in package.json; those for `import` are the same. */
function entryPoints(root: string): [name: string, file: string][] {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, string | { types?: string; require?: { types: string } }>;
  };
  return Object.entries(exports).flatMap(([name, target]) => {
    const file = typeof target === 'string' ? undefined : (target.require?.types ?? target.types);
    return file === undefined ? [] : [[`os-truststore${name.slice(1)}`, join(root, file)]];
  });
}

export function describePublicTypes(root: string): string[] {
  const entries = entryPoints(root);
  const dist = join(root, 'dist');
  // What `os-truststore doctor --json` prints of a machine, which no entry point exports.
  const command = join(dist, 'cli', 'api.d.ts');
  const program = ts.createProgram([...entries.map(([, file]) => file), command], {
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts', 'lib.esnext.disposable.d.ts'],
    module: ts.ModuleKind.Node16,
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    // Unions would otherwise be in the order of the files.
    stableTypeOrdering: true,
  });
  const printer = new TypePrinter(program, join(dist, 'index.d.ts'));
  const lists = entries.map(([name, file]) => `${name}: ${printer.export(file).join(', ')}`);
  const machine = printer.memberOf(command, 'CliApi', 'examineMachine');
  return [...lists, ...printer.declarations(), heading('doctor --json'), ...machine];
}

class TypePrinter {
  readonly #program: ts.Program;
  readonly #checker: ts.TypeChecker;
  /** Names are printed as they are seen from here. */
  readonly #place: ts.SourceFile;
  readonly #exported = new Map<string, ts.Symbol>();

  constructor(program: ts.Program, main: string) {
    this.#program = program;
    this.#checker = program.getTypeChecker();
    this.#place = this.#file(main);
  }

  #file(path: string): ts.SourceFile {
    const file = this.#program.getSourceFile(path);
    if (!file) throw new Error(`${path} is not there; run npm run build:ts`);
    return file;
  }

  #exportsOf(file: ts.SourceFile): ts.Symbol[] {
    const module = this.#checker.getSymbolAtLocation(file);
    return module ? this.#checker.getExportsOfModule(module) : [];
  }

  #resolve(symbol: ts.Symbol): ts.Symbol {
    const isAlias = (symbol.flags & SymbolFlags.Alias) !== 0;
    return isAlias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }

  /** @returns the names an entry point exports */
  export(path: string): string[] {
    const symbols = this.#exportsOf(this.#file(path));
    for (const symbol of symbols) {
      const known = this.#exported.get(symbol.name);
      const resolved = this.#resolve(symbol);
      if ((known ?? resolved) !== resolved) throw new Error(`${symbol.name} is two things`);
      this.#exported.set(symbol.name, resolved);
    }
    return symbols.map(({ name }) => name).sort();
  }

  declarations(): string[] {
    return [...this.#exported.keys()]
      .sort()
      .flatMap((name) => [heading(name), ...this.#declaration(name)]);
  }

  memberOf(path: string, type: string, method: string): string[] {
    const symbol = this.#exportsOf(this.#file(path)).find(({ name }) => name === type);
    const member = symbol && this.#checker.getDeclaredTypeOfSymbol(symbol).getProperty(method);
    if (!member) throw new Error(`${path} has no ${type}.${method}`);
    const [call] = this.#checker.getTypeOfSymbol(member).getCallSignatures();
    return call ? this.#members(call.getReturnType(), '  ') : [];
  }

  #declaration(name: string): string[] {
    const symbol = this.#exported.get(name)!;
    const value = this.#checker.getTypeOfSymbol(symbol);
    if (symbol.flags & SymbolFlags.Function) return this.#calls(`function ${name}`, value, symbol);
    if (symbol.flags & SymbolFlags.Variable) return [`const ${name}`, ...this.#members(value)];
    const type = this.#checker.getDeclaredTypeOfSymbol(symbol);
    if (symbol.flags & SymbolFlags.TypeAlias) return [`type ${name} = ${this.#text(type, true)}`];
    const bases = this.#foreignBases(type);
    const head = `${name}${bases.length === 0 ? '' : ` extends ${bases.join(', ')}`}`;
    if (symbol.flags & SymbolFlags.Interface) return [`interface ${head}`, ...this.#members(type)];
    const made = value.getConstructSignatures().map((one) => `  new ${this.#signature(one)}`);
    return [`class ${head}`, ...made, ...this.#members(value, '  static '), ...this.#members(type)];
  }

  /** What is inherited of ours is among the members. */
  #foreignBases(type: ts.Type): string[] {
    return (type.getBaseTypes() ?? []).flatMap((base) =>
      isOurs(base.aliasSymbol ?? base.symbol)
        ? this.#foreignBases(base)
        : this.#text(base as ts.Type),
    );
  }

  #members(type: ts.Type, before = '  '): string[] {
    const properties = type.getProperties().filter((one) => isOurs(one) && !isPrototype(one));
    return properties
      .map((one) => [memberName(one), one] as const)
      .sort(([first], [second]) => (first < second ? -1 : 1))
      .flatMap(([name, one]) => this.#member(`${before}${name}`, one));
  }

  #member(name: string, symbol: ts.Symbol): string[] {
    const node = symbol.valueDeclaration;
    // The checker adds undefined to what is optional.
    const written = node && ts.isPropertySignature(node) ? node.type : undefined;
    const type = written
      ? this.#checker.getTypeFromTypeNode(written)
      : this.#checker.getTypeOfSymbol(symbol);
    if (type.getCallSignatures().length > 0) return this.#calls(name, type, symbol);
    const element = this.#checker.isArrayType(type) && this.#elementOf(type);
    if (element && this.#hasNoName(element)) return this.#members(element, `${name}[].`);
    if (this.#hasNoName(type)) return this.#members(type, `${name}.`);
    return [`${name}: ${this.#text(type)}`];
  }

  #elementOf(type: ts.Type): ts.Type | undefined {
    return this.#checker.getTypeArguments(type as ts.TypeReference)[0];
  }

  /** An object with members and no name users can say; its members are listed by their path. */
  #hasNoName(type: ts.Type): boolean {
    const symbol = type.aliasSymbol ?? type.symbol;
    if (!(type.flags & ts.TypeFlags.Object) || !isOurs(symbol)) return false;
    const isExported = this.#exported.get(symbol.name) === symbol;
    return !isExported && type.getProperties().length > 0;
  }

  #calls(name: string, type: ts.Type, symbol: ts.Symbol): string[] {
    const calls = type.getCallSignatures().map((one) => `${name}${this.#signature(one)}`);
    const tags = symbol.getJsDocTags(this.#checker).filter((tag) => tag.name === 'throws');
    const text = tags.map((tag) => ts.displayPartsToString(tag.text)).join();
    const codes = new Set(text.match(/ERR_[A-Z_]+…?/g));
    const indent = `${/^ */.exec(name)![0]}  `;
    return codes.size === 0 ? calls : [...calls, `${indent}throws ${[...codes].sort().join(', ')}`];
  }

  #signature(signature: ts.Signature): string {
    return this.#plain(
      this.#checker.signatureToString(signature, this.#place, TypeFormatFlags.NoTruncation),
    );
  }

  #text(type: ts.Type, isDefinition = false): string {
    const flags = isDefinition ? TypeFormatFlags.InTypeAlias : TypeFormatFlags.None;
    return this.#plain(
      this.#checker.typeToString(type, this.#place, flags | TypeFormatFlags.NoTruncation),
    );
  }

  /** Without the files; a name that users cannot say is replaced by what it stands for. */
  #plain(text: string): string {
    return text.replace(/import\("([^"]+)"\)\.(\w+)/g, (_, module: string, name: string) => {
      if (!module.startsWith('.')) return `${module}.${name}`;
      const path = join(this.#place.fileName, '..', module.replace(/\.js$/, '.d.ts'));
      const symbol = this.#exportsOf(this.#file(path)).find((one) => one.name === name)!;
      if (this.#exported.get(name) === this.#resolve(symbol)) return name;
      const type = this.#checker.getDeclaredTypeOfSymbol(this.#resolve(symbol));
      const members = this.#hasNoName(type) ? this.#members(type, '') : undefined;
      return members ? `{ ${members.join('; ')} }` : `(${this.#text(type, true)})`;
    });
  }
}

function isOurs(symbol: ts.Symbol | undefined): boolean {
  const files = symbol?.declarations?.map((one) => one.getSourceFile().fileName) ?? [];
  return files.some((file) => !file.includes('/node_modules/'));
}

function isPrototype({ flags }: ts.Symbol): boolean {
  return (flags & SymbolFlags.Prototype) !== 0;
}

function memberName(symbol: ts.Symbol): string {
  const declaration = symbol.valueDeclaration;
  const isReadonly =
    declaration && ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Readonly;
  const name = symbol.name.replace(/^__@(\w+)@\d+$/, '[Symbol.$1]');
  const optional = symbol.flags & SymbolFlags.Optional ? '?' : '';
  return `${isReadonly ? 'readonly ' : ''}${name}${optional}`;
}
