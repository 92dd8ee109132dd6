import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import { Option } from 'commander';
import type { Command } from 'commander';

import { withControlPlane } from '../control-plane.ts';
import { CliError, failureOf, ServerUnreachable } from '../errors.ts';
import type { StructuredFormat } from '../output/structured.ts';
import type { Terminal } from '../terminal.ts';

interface ServerVersion {
  readonly gitVersion?: string;
  readonly platform?: string;
}

export function addVersion(program: Command, terminal: Terminal): void {
  program
    .command('version')
    .summary('show the versions of this command and of the control plane')
    .description('Show the versions of this command and, when it is running, of the control plane.')
    .option('--client', 'only of this command')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['json', 'yaml']))
    .addHelpText('after', '\nExamples:\n  flotilla version\n  flotilla version --client -o json')
    .action(async (options: { readonly client?: boolean; readonly output?: StructuredFormat }, command: Command) => {
      const client = { version: await clientVersion(), node: process.version };
      const server = options.client === true ? undefined : await serverVersion(terminal, command);
      if (options.output !== undefined) {
        const { structured } = await import('../output/structured.ts');
        terminal.out(structured({ client, ...(typeof server === 'object' ? { server } : {}) }, options.output));
        return;
      }
      terminal.out(`client  ${client.version} (Node ${client.node})\n`);
      if (typeof server === 'object') terminal.out(`server  Kubernetes API ${server.gitVersion ?? '?'}\n`);
      else if (server !== undefined) terminal.out(`server  ${server}\n`);
    });
}

export async function clientVersion(): Promise<string> {
  const text = await readFile(resolve(import.meta.dirname, '../../package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** A control plane that is not running is an answer too. */
async function serverVersion(terminal: Terminal, command: Command): Promise<ServerVersion | string> {
  try {
    return await withControlPlane(terminal, command, ({ client }) => client.get<ServerVersion>('/version'));
  } catch (error) {
    if (error instanceof ServerUnreachable || error instanceof CliError) return failureOf(error).lines[0] ?? '';
    throw error;
  }
}
