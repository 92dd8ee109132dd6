import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';

import type { InitOptions } from '../init/init-trust.ts';
import type { Terminal } from '../terminal.ts';
import { collect } from './arguments.ts';

export function addInit(program: Command, terminal: Terminal): void {
  program
    .command('init')
    .summary('make the certificates, keys and server configurations of an installation')
    .description(
      'Make what the parts of an installation know each other by: an authority, a certificate for each service, keys that Secrets are encrypted with, configurations of NATS and MongoDB. Run again, it keeps what is good and renews what ends within 30 days. Not needed for "flotilla up".',
    )
    .argument('<dir>', 'where to keep it; whoever can read it is the installation')
    .option('--dns <name>', 'further name of the servers (repeatable; earlier ones stay)', dnsName)
    .option('--ip <address>', 'further address of the servers (repeatable; earlier ones stay)', ipAddress)
    .addOption(
      new Option(
        '--nats-replicas <count>',
        'servers of the NATS cluster: 1 or 3 (default: as before, else 1)',
      ).argParser(natsReplicas),
    )
    .option('--mounted-at <dir>', 'where NATS and MongoDB servers see DIR, when that is elsewhere')
    .option('--renew <name>', 'make this certificate anew (repeatable)', collect)
    .option('--rotate-encryption-key', 'encrypt with a new key from now on; the old ones still decrypt')
    .option('--drop-old-encryption-keys', 'forget all keys but the newest, once everything is encrypted with it')
    .addHelpText(
      'after',
      `
Examples:
  flotilla init trust
  flotilla init trust --dns api.example.org --nats-replicas 3 --mounted-at /etc/flotilla
  flotilla init trust --renew scheduler
  flotilla init trust --rotate-encryption-key       then restart the services, and later
  flotilla init trust --drop-old-encryption-keys    and restart them again`,
    )
    .action(async (directory: string, options: InitOptions) => {
      const { initTrust } = await import('../init/init-trust.ts');
      await initTrust(terminal, directory, options);
    });
}

function dnsName(text: string, before: readonly string[] | undefined): readonly string[] {
  if (/^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(text) && !/^[\d.]+$/.test(text)) return collect(text, before);
  throw new InvalidArgumentError('It must be a host name such as api.example.org.');
}

function ipAddress(text: string, before: readonly string[] | undefined): readonly string[] {
  if (/^\d{1,3}(\.\d{1,3}){3}$|:/.test(text)) return collect(text, before);
  throw new InvalidArgumentError('It must be an IP address such as 192.0.2.7.');
}

function natsReplicas(text: string): 1 | 3 {
  if (text === '1') return 1;
  if (text === '3') return 3;
  throw new InvalidArgumentError('It must be 1 or 3.');
}
