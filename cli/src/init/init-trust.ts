/** Makes a trust directory and tells what was made. Nothing of a key is ever printed. */
import { isIP } from 'node:net';
import { isAbsolute, join, resolve } from 'node:path';

import { ensureTrust, TrustError, type TrustItem, type TrustSummary } from '@flotilla/trust/trust-directory';

import { CliError, usageError } from '../errors.ts';
import type { Terminal } from '../terminal.ts';

export interface InitOptions {
  readonly dns?: readonly string[];
  readonly ip?: readonly string[];
  readonly natsReplicas?: 1 | 3;
  readonly mountedAt?: string;
  readonly renew?: readonly string[];
  readonly rotateEncryptionKey?: boolean;
  readonly dropOldEncryptionKeys?: boolean;
}

export async function initTrust(terminal: Terminal, directory: string, options: InitOptions): Promise<void> {
  const wrong = options.ip?.find((address) => isIP(address) === 0);
  if (wrong !== undefined) throw usageError(`"${wrong}" is no IP address`, 'Names are given with --dns');
  const { mountedAt } = options;
  if (mountedAt !== undefined && !isAbsolute(mountedAt)) throw usageError('--mounted-at must be an absolute path');
  const path = resolve(terminal.cwd, directory);
  const summary = await make(terminal, path, options);
  terminal.out(summaryText(summary, terminal.now()));
  for (const warning of summary.warnings) terminal.err(`${terminal.errColors.yellow('warning:')} ${warning}\n`);
  terminal.out(`\n${nextSteps(directory, options).join('\n')}\n`);
}

async function make(terminal: Terminal, directory: string, options: InitOptions): Promise<TrustSummary> {
  const { dns, ip, natsReplicas, mountedAt, renew, rotateEncryptionKey, dropOldEncryptionKeys } = options;
  try {
    return await ensureTrust({
      directory,
      nowMs: terminal.now(),
      ...(dns === undefined ? {} : { dnsNames: dns }),
      ...(ip === undefined ? {} : { ipAddresses: ip }),
      ...(natsReplicas === undefined ? {} : { natsReplicas }),
      ...(mountedAt === undefined ? {} : { mountedAt }),
      ...(renew === undefined ? {} : { renew }),
      rotatesEncryptionKey: rotateEncryptionKey === true,
      dropsOldEncryptionKeys: dropOldEncryptionKeys === true,
    });
  } catch (error) {
    if (error instanceof TrustError) throw new CliError(error.message, { cause: error });
    if (error instanceof Error && 'code' in error) {
      throw new CliError(`${directory} cannot be written (${error.message})`, {
        hint: 'Choose another directory, or mend its rights; what was made before stays good',
        cause: error,
      });
    }
    throw error;
  }
}

function summaryText({ items, encryptionKeys }: TrustSummary, nowMs: number): string {
  const width = Math.max(...items.map(({ name }) => name.length));
  const lines = items.map(
    (item) =>
      `${item.name.padEnd(width)}  ${stateOf(item).padEnd(28)}  ${endOf(item, nowMs).padEnd(26)}  ${item.path}\n`,
  );
  return `${lines.join('')}${encryptionKeys.length} encryption key${encryptionKeys.length === 1 ? '' : 's'}; ${encryptionKeys[0] ?? ''} encrypts\n`;
}

function stateOf({ state, reason }: TrustItem): string {
  return reason === undefined ? state : `${state} (${reason})`;
}

function endOf({ endsAtMs }: TrustItem, nowMs: number): string {
  if (endsAtMs === undefined) return '';
  const days = Math.floor((endsAtMs - nowMs) / 86_400_000);
  return `ends ${new Date(endsAtMs).toISOString().slice(0, 10)} (${days} d)`;
}

function nextSteps(directory: string, options: InitOptions): readonly string[] {
  if (options.rotateEncryptionKey === true) {
    return [
      'Next: give the services the new key ring and restart them; the gateway encrypts what there is anew at its start and says so.',
      `Then: flotilla init ${directory} --drop-old-encryption-keys`,
    ];
  }
  if (options.dropOldEncryptionKeys === true) return ['Next: give the services the new key ring and restart them.'];
  return [
    `Keep ${join(directory, 'authority', 'ca.key')} where no server can read it: it is needed only to sign.`,
    `Next: nats-server -c ${join(directory, 'nats', 'nats-0', 'nats-server.conf')}`,
  ];
}
