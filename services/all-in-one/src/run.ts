/** The process around the platform: what it prints, how it stops. Shared by `npm start` and `flotilla up`. */
import { join, relative } from 'node:path';

import { createLogger } from '@flotilla/runtime/logger';
import { stopOnSignals } from '@flotilla/runtime/shutdown';
import colors from 'picocolors';

import { prepareDataDirectory, startFailure } from './data-directory.ts';
import { logDirectoryOf } from './data-layout.ts';
import { startLiveView } from './live-view.ts';
import type { PlatformOptions } from './options.ts';
import { startPlatform } from './platform.ts';
import { recoveryNotice } from './recovery-notice.ts';

const stopDeadlineMs = 8_000;

/** Runs until a signal. The caller passes when the process began, for the time that is shown. */
export async function runPlatform(options: PlatformOptions, startedAtMs: number): Promise<void> {
  const write = (line: string): void => void process.stdout.write(`${line}\n`);
  await prepareDataDirectory(options.dataDir);
  const logFile = join(options.dataDir, 'flotilla.log');
  const logger = createLogger({ level: options.logLevel, file: logFile });
  const platform = await startPlatform(options, logger).catch((error: unknown) => {
    logger.reporter('platform')({ level: 'error', message: 'start failed', fields: { cause: String(error) } });
    logger.close();
    throw startFailure(error, options.dataDir);
  });
  const seconds = ((Date.now() - startedAtMs) / 1_000).toFixed(1);
  const kubeconfig = relative(process.cwd(), platform.gateway.kubeconfigPath);
  write(`${colors.bold('Flotilla')} is ready at ${colors.cyan(platform.gateway.url)} after ${seconds} s`);
  write(members(platform.members));
  write('');
  write(`  ${colors.dim('use it')}      export KUBECONFIG=${kubeconfig} PATH="$PWD:$PATH"`);
  write(`  ${colors.dim('look')}        flotilla get clusters     ${colors.dim('or')} kubectl get clusters`);
  write(`  ${colors.dim('try')}         npm run demo              ${colors.dim('a small shop on three clusters')}`);
  if (options.simulatedMembers === 0) {
    write(`  ${colors.dim('join')}        flotilla join NAME --kubeconfig FILE`);
  }
  write(`  ${colors.dim('log')}         ${relative(process.cwd(), logFile)}`);
  write(
    `  ${colors.dim('stop')}        Ctrl-C (what is declared is kept in ${relative(process.cwd(), options.dataDir) || '.'})`,
  );
  write('');
  const notice = recoveryNotice(platform.recovery, relative(process.cwd(), logDirectoryOf(options.dataDir)));
  if (notice.length > 0) process.stderr.write(`${colors.red(notice[0] ?? '')}\n${notice.slice(1).join('\n')}\n\n`);
  const view = startLiveView({ store: platform.store, write, now: Date.now });
  stopOnSignals({
    process,
    deadlineMs: stopDeadlineMs,
    onStopping: () => write(`\n${colors.dim('stopping …')}`),
    onFailure: (error) => process.stderr.write(`flotilla: stopping failed: ${String(error)}\n`),
    async stop() {
      view.stop();
      await platform.stop();
      logger.close();
      write(colors.dim('stopped; everything is saved'));
    },
  });
}

function members(names: readonly string[]): string {
  if (names.length === 0) return colors.dim('no simulated members');
  return `${names.length} simulated member cluster${names.length === 1 ? '' : 's'}: ${names.join(', ')}`;
}
