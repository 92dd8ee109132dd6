import { spawnSync } from 'node:child_process';

/** Runs a command with the terminal attached; answers how it went and how long it took. */
export function runStep(
  title: string,
  command: string,
  args: readonly string[],
): { readonly isOk: boolean; readonly seconds: number } {
  const startedAt = performance.now();
  console.log(`\n▸ ${title}`);
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (error !== undefined) console.error(`${command}: ${error.message}`);
  return { isOk: status === 0, seconds: (performance.now() - startedAt) / 1000 };
}
