import { expect, it } from 'vitest';

import { chooseProvider } from './choose-provider.ts';
import type { ProviderChoice, ProviderFacts } from './choose-provider.ts';

const nothing: ProviderFacts = {
  wish: undefined,
  hasDockerEngine: false,
  binaries: { unavailable: 'there is no Go' },
  hasKubectlAndHelmOnPath: false,
};

const engine = { hasDockerEngine: true };
const binaries = { binaries: 'available' } as const;
const tools = { hasKubectlAndHelmOnPath: true };

it.each<[string, Partial<ProviderFacts>, ProviderChoice]>([
  ['an engine answers and the programs are there', { ...engine, ...binaries }, { kind: 'containers', tools: 'cache' }],
  [
    'an engine answers and kubectl and Helm are on the PATH',
    { ...engine, ...tools },
    { kind: 'containers', tools: 'path' },
  ],
  [
    'an engine answers and there is no kubectl',
    engine,
    { kind: 'none', reason: 'a Docker engine answers, but kubectl and helm are not on the PATH, and there is no Go' },
  ],
  ['processes are wished for', { ...engine, ...binaries, wish: 'processes' }, { kind: 'processes' }],
  [
    'processes are wished for and cannot be had',
    { ...engine, ...tools, wish: 'processes' },
    { kind: 'none', reason: 'there is no Go' },
  ],
  ['no engine answers and the programs are there', binaries, { kind: 'processes' }],
  ['the wish is empty', { ...binaries, wish: '' }, { kind: 'processes' }],
  [
    'containers are wished for and no engine answers',
    { ...binaries, wish: 'containers' },
    { kind: 'none', reason: 'FLOTILLA_MEMBERS is containers, and no Docker engine answers' },
  ],
  ['there is nothing', {}, { kind: 'none', reason: 'no Docker engine answers, and there is no Go' }],
  [
    'the wish is none of the two',
    { ...engine, ...binaries, wish: 'kind' },
    { kind: 'none', reason: 'FLOTILLA_MEMBERS is "kind"; it may be processes or containers' },
  ],
])('when %s', (_, facts, expected) => {
  expect(chooseProvider({ ...nothing, ...facts })).toEqual(expected);
});
