import type { Command } from 'commander';

/** The options are the platform's own and are loaded with it: only when this command is meant. */
export async function addUp(
  program: Command,
  { isMeant, startedAtMs }: { readonly isMeant: boolean; readonly startedAtMs: number },
): Promise<void> {
  const command = program.command('up').summary('run the whole platform in this process');
  if (!isMeant) return;
  const { describePlatform, platformOptions } = await import('@flotilla/all-in-one/options');
  describePlatform(command)
    .addHelpText('after', '\nThe same with this command:\n  flotilla up --simulated-members 0')
    .action(async () => {
      const { runPlatform } = await import('@flotilla/all-in-one/run');
      await runPlatform(platformOptions(command), startedAtMs);
    });
}
