import { enableCompileCache } from 'node:module';
import { resolve } from 'node:path';

// Before anything else is loaded: with a warm cache the type stripper stays out of memory, and a start takes half the time.
enableCompileCache(resolve(import.meta.dirname, '../../../node_modules/.cache/compile'));
const startedAtMs = Date.now() - process.uptime() * 1_000;
const { Command } = await import('commander');
const { describePlatform, platformOptions } = await import('./options.ts');
const { runPlatform } = await import('./run.ts');

const command = describePlatform(new Command('npm start --')).helpOption('-h, --help', 'show this help');
command.parse();
try {
  await runPlatform(platformOptions(command), startedAtMs);
} catch (error) {
  process.stderr.write(`flotilla: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
