/** What can stand where the person is typing. */
import type { Command, Option } from 'commander';

import { withControlPlane } from '../control-plane.ts';
import type { ControlPlane } from '../control-plane.ts';
import { pathOf } from '../discovery.ts';
import type { Terminal } from '../terminal.ts';

/** Answer for the shell's own completion of paths. */
export const filesAnswer = ':files';

/** A shell waits for this: a control plane that is slow is not asked further. */
const serverTimeoutMs = 700;
const namesMax = 500;
const fileOptions: readonly string[] = ['--config', '--kubeconfig', '-f', '--filename', '--data-dir'];
const commandsWithKind: readonly string[] = ['get', 'delete', 'status', 'explain'];
const commandsWithCluster: readonly string[] = ['unjoin'];

/** `words`: everything after `flotilla`; the last one is unfinished. */
export async function completions(terminal: Terminal, program: Command, words: readonly string[]): Promise<readonly string[]> {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const command = commandIn(program, before);
  const options = [...(command?.options ?? []), ...program.options];
  const pending = pendingOption(options, before.at(-1));
  if (pending !== undefined) return startingWith(current, await valuesOf(terminal, program, pending));
  if (current.startsWith('-')) return startingWith(current, options.flatMap(({ short, long }) => [long, short].filter((flag) => flag !== undefined)));
  if (command === undefined) return startingWith(current, visible(program));
  return startingWith(current, await argumentsOf(terminal, command, operands(options, before).slice(1)));
}

function visible(program: Command): readonly string[] {
  return program.createHelp().visibleCommands(program).map((each) => each.name());
}

function commandIn(program: Command, before: readonly string[]): Command | undefined {
  const [name] = operands(program.options, before);
  return program.commands.find((each) => each.name() === name);
}

/** Words that are neither options nor their values. */
function operands(options: readonly Option[], words: readonly string[]): readonly string[] {
  return words.filter((word, index) => !word.startsWith('-') && pendingOption(options, words[index - 1]) === undefined);
}

function pendingOption(options: readonly Option[], word: string | undefined): Option | undefined {
  return word?.startsWith('-') === true ? options.find((option) => option.required && (option.short === word || option.long === word)) : undefined;
}

async function valuesOf(terminal: Terminal, program: Command, option: Option): Promise<readonly string[]> {
  if (option.argChoices !== undefined) return option.argChoices;
  if (fileOptions.includes(option.long ?? '')) return [filesAnswer];
  if (option.long === '--namespace') return fromServer(terminal, program, (controlPlane) => namesOf(controlPlane, 'namespaces'));
  return [];
}

async function argumentsOf(terminal: Terminal, command: Command, given: readonly string[]): Promise<readonly string[]> {
  const choices = command.registeredArguments[given.length]?.argChoices;
  if (choices !== undefined) return choices;
  if (commandsWithCluster.includes(command.name())) {
    return given.length === 0 ? fromServer(terminal, command, (controlPlane) => namesOf(controlPlane, 'clusters')) : [];
  }
  if (!commandsWithKind.includes(command.name())) return [];
  const [kind] = given;
  if (kind !== undefined) return fromServer(terminal, command, (controlPlane) => namesOf(controlPlane, kind));
  return fromServer(terminal, command, async (controlPlane) => {
    const { kinds } = await controlPlane.discovery();
    return kinds.filter(({ verbs, isPreferred }) => isPreferred && verbs.includes('list')).map(({ plural }) => plural);
  });
}

async function namesOf(controlPlane: ControlPlane, kindText: string): Promise<readonly string[]> {
  const kind = (await controlPlane.discovery()).resolve(kindText);
  const path = `${pathOf(kind, controlPlane.namespace)}?limit=${namesMax}`;
  const accept = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json';
  const { items = [] } = await controlPlane.client.get<{ readonly items?: readonly { readonly metadata: { readonly name?: string } }[] }>(path, accept);
  return items.map(({ metadata }) => metadata.name ?? '');
}

/** Nothing when there is no control plane, when it does not know the kind, or when it is slow: a shell shows no errors. */
async function fromServer(
  terminal: Terminal,
  command: Command,
  ask: (controlPlane: ControlPlane) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const signal = AbortSignal.any([terminal.signal, AbortSignal.timeout(serverTimeoutMs)]);
  return withControlPlane({ ...terminal, signal }, command, ask).catch(() => []);
}

function startingWith(prefix: string, candidates: readonly string[]): readonly string[] {
  if (candidates[0] === filesAnswer) return candidates;
  return candidates.filter((candidate) => candidate.startsWith(prefix));
}
