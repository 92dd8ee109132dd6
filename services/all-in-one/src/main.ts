import { Command } from 'commander';

import { describePlatform, platformOptions } from './options.ts';
import { runPlatform } from './run.ts';

const startedAtMs = Date.now() - process.uptime() * 1_000;
const command = describePlatform(new Command('npm start --')).helpOption('-h, --help', 'show this help');
command.parse();
try {
  await runPlatform(platformOptions(command), startedAtMs);
} catch (error) {
  process.stderr.write(`flotilla: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
