/**
 * The configuration tables of READMEs, from the schemas: each package whose `src/config.ts` exports `configSchema` gets its table between the marks
 * `<!-- config -->` and `<!-- /config -->` of its README. With `--check` nothing is written: a table that isn't as it should be fails.
 */
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { configTable } from '@flotilla/runtime/config/config-table';
import type { ConfigSchema } from '@flotilla/runtime/config/load-config';
import { processSchema } from '@flotilla/runtime/config/process-config';

const begin = '<!-- config -->';
const end = '<!-- /config -->';
const isCheck = process.argv.includes('--check');

function writeTable(readme: string, schema: ConfigSchema): void {
  const text = readFileSync(readme, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${readme} lacks the marks ${begin} and ${end} for its table`);
  const wanted = `${text.slice(0, from + begin.length)}\n\n${configTable(schema)}\n\n${text.slice(to)}`;
  if (wanted === text) return;
  if (isCheck) {
    console.error(`${readme}: the table of settings is out of date: run \`npm run gen\``);
    process.exitCode = 1;
  } else writeFileSync(readme, wanted);
}

writeTable(join('libs', 'runtime', 'README.md'), processSchema);
for (const file of globSync('{services,libs}/*/src/config.ts').toSorted()) {
  const module = (await import(pathToFileURL(resolve(file)).href)) as { readonly configSchema?: ConfigSchema };
  const readme = join(dirname(dirname(file)), 'README.md');
  if (module.configSchema !== undefined && existsSync(readme)) writeTable(readme, module.configSchema);
}
