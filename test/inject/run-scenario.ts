/**
 * The main script of a scenario's process. It loads nothing that a scenario might want to see unloaded.
 */
async function main(): Promise<void> {
  const [file, name, input] = process.argv.slice(2) as [string, string, string];
  const scenarios = require(file) as Record<string, (input: unknown) => unknown>;
  const scenario = scenarios[name];
  if (!scenario) throw new Error(`no scenario ${name} in ${file}`);
  const result = await scenario(JSON.parse(input));
  process.stdout.write(`RESULT ${JSON.stringify(result ?? null)}\n`);
}

void main();
