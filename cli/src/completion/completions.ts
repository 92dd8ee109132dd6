/** What can stand where the person is typing. */
import type { Command, Option } from 'commander';

import { withControlPlane } from '../control-plane.ts';
import type { ControlPlane, GlobalOptions } from '../control-plane.ts';
import { pathOf } from '../discovery.ts';
import type { Terminal } from '../terminal.ts';

/** Answer for the shell's own completion of paths. */
export const filesAnswer = ':files';

/** A shell waits for this: a control plane that is slow is not asked further. */
const serverTimeoutMs = 1_500;
const namesMax = 500;
const fileOptions: readonly string[] = [
  '--config',
  '--kubeconfig',
  '-f',
  '--filename',
  '--data-dir',
  '--output',
  '--nats-ca-file',
  '--nats-cert-file',
  '--nats-key-file',
];
const commandsWithFile: readonly string[] = ['restore', 'verify'];
const commandsWithKind: readonly string[] = ['get', 'delete', 'status', 'explain'];
const commandsWithCluster: readonly string[] = ['unjoin'];

/** `words`: everything after `flotilla`; the last one is unfinished. */
export async function completions(
  terminal: Terminal,
  program: Command,
  words: readonly string[],
): Promise<readonly string[]> {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const command = commandIn(program, before);
  const globals = { optsWithGlobals: <Options>() => globalOptions(before) as Options };
  const options = [...(command?.options ?? []), ...program.options];
  const pending = pendingOption(options, before.at(-1));
  if (pending !== undefined) return startingWith(current, await valuesOf(terminal, globals, pending));
  if (current.startsWith('-'))
    return startingWith(
      current,
      options.flatMap(({ short, long }) => [long, short].filter((flag) => flag !== undefined)),
    );
  if (command === undefined) return startingWith(current, visible(program));
  return startingWith(current, await argumentsOf(terminal, globals, command, operands(options, before).slice(1)));
}

type Globals = Pick<Command, 'optsWithGlobals'>;

/** The words are not parsed as a command line: they are not finished. */
function globalOptions(words: readonly string[]): GlobalOptions {
  const valueOf = (...flags: readonly string[]): string | undefined => {
    const index = words.findLastIndex((word) => flags.includes(word));
    return index < 0 ? undefined : words[index + 1];
  };
  const [config, namespace] = [valueOf('--config'), valueOf('-n', '--namespace')];
  return { ...(config === undefined ? {} : { config }), ...(namespace === undefined ? {} : { namespace }) };
}

function visible(program: Command): readonly string[] {
  return program
    .createHelp()
    .visibleCommands(program)
    .map((each) => each.name());
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
  return word?.startsWith('-') === true
    ? options.find((option) => option.required && (option.short === word || option.long === word))
    : undefined;
}

async function valuesOf(terminal: Terminal, globals: Globals, option: Option): Promise<readonly string[]> {
  if (option.argChoices !== undefined) return option.argChoices;
  if (fileOptions.includes(option.long ?? '')) return [filesAnswer];
  if (option.long === '--namespace')
    return fromServer(terminal, globals, (controlPlane) => namesOf(controlPlane, 'namespaces'));
  return [];
}

async function argumentsOf(
  terminal: Terminal,
  globals: Globals,
  command: Command,
  given: readonly string[],
): Promise<readonly string[]> {
  const choices = command.registeredArguments[given.length]?.argChoices;
  if (choices !== undefined) return choices;
  if (commandsWithFile.includes(command.name())) return given.length === 0 ? [filesAnswer] : [];
  if (commandsWithCluster.includes(command.name())) {
    return given.length === 0 ? fromServer(terminal, globals, (controlPlane) => namesOf(controlPlane, 'clusters')) : [];
  }
  if (!commandsWithKind.includes(command.name())) return [];
  const [kind] = given;
  if (kind !== undefined) return fromServer(terminal, globals, (controlPlane) => namesOf(controlPlane, kind));
  return fromServer(terminal, globals, async (controlPlane) => {
    const { kinds } = await controlPlane.discovery();
    return kinds.filter(({ verbs, isPreferred }) => isPreferred && verbs.includes('list')).map(({ plural }) => plural);
  });
}

async function namesOf(controlPlane: ControlPlane, kindText: string): Promise<readonly string[]> {
  const kind = (await controlPlane.discovery()).resolve(kindText);
  const path = `${pathOf(kind, controlPlane.namespace)}?limit=${namesMax}`;
  const accept = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json';
  const { items = [] } = await controlPlane.client.get<{
    readonly items?: readonly { readonly metadata: { readonly name?: string } }[];
  }>(path, accept);
  return items.map(({ metadata }) => metadata.name ?? '');
}

/** Nothing when there is no control plane, when it does not know the kind, or when it is slow: a shell shows no errors. */
async function fromServer(
  terminal: Terminal,
  globals: Globals,
  ask: (controlPlane: ControlPlane) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const signal = AbortSignal.any([terminal.signal, AbortSignal.timeout(serverTimeoutMs)]);
  return withControlPlane({ ...terminal, signal }, globals, ask).catch(() => []);
}

function startingWith(prefix: string, candidates: readonly string[]): readonly string[] {
  if (candidates[0] === filesAnswer) return candidates;
  return candidates.filter((candidate) => candidate.startsWith(prefix));
}
