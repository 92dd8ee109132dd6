import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { logLevels } from '@flotilla/runtime/logger';
import type { LogLevel } from '@flotilla/runtime/logger';

/** What `npm start -- …` and `flotilla up …` take. */
export interface PlatformOptions {
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  readonly simulatedMembers: number;
  readonly logLevel: LogLevel;
  readonly probeIntervalMs: number;
  /** Keep an archive beside the log. */
  readonly archive: boolean;
}

const portMax = 65_535;
/** Each simulated member costs some 10 MiB and a listener; a fleet for load tests is made of other things. */
const simulatedMembersMax = 32;

/** Adds the options to a command, so that `flotilla up` and the process itself have one description. */
export function describePlatform(command: Command): Command {
  return command
    .description(
      'Run the whole platform in this process: gateway, registry, scheduler, propagation and simulated member clusters.',
    )
    .option('--data-dir <dir>', 'where state, keys, kubeconfig and log are kept', '.flotilla')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port of the Kubernetes endpoint; 0 = any free one', integer('port', 0, portMax), 7443)
    .option(
      '--simulated-members <count>',
      'simulated member clusters to run; 0 = none',
      integer('count', 0, simulatedMembersMax),
      3,
    )
    .option('--archive', 'keep every past state and a second copy of the data; takes some 35 MiB of memory')
    .addOption(new Option('--log-level <level>', 'lines that go to the log file').choices(logLevels).default('info'))
    .addOption(
      new Option('--probe-interval <seconds>', 'time between health probes of a member')
        .argParser(integer('seconds', 1, 3_600))
        .default(10),
    )
    .addHelpText(
      'after',
      `
Examples:
  npm start                                          three simulated members, data in .flotilla
  npm start -- --simulated-members 0                 none: join your own with "./flotilla join"
  npm start -- --port 8443 --data-dir /var/lib/flotilla`,
    );
}

export function platformOptions(command: Command): PlatformOptions {
  const {
    probeInterval,
    archive = false,
    ...options
  } = command.opts<{
    dataDir: string;
    host: string;
    port: number;
    simulatedMembers: number;
    logLevel: LogLevel;
    probeInterval: number;
    archive?: boolean;
  }>();
  return { ...options, archive, probeIntervalMs: probeInterval * 1_000 };
}

function integer(name: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`${name} must be a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}
