import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { aDeployment, deploymentSchema } from './example-schemas.ts';
import { applyStrategicMerge } from './strategic-merge.ts';

type PodSpec = Readonly<Record<string, unknown>>;

function deploymentWith(podSpec: PodSpec): Readonly<Record<string, unknown>> {
  return { ...aDeployment(), spec: { template: { spec: podSpec } } };
}

function merged(document: Readonly<Record<string, unknown>>, patch: unknown): Readonly<Record<string, unknown>> {
  const outcome = applyStrategicMerge(document, patch, deploymentSchema());
  if (outcome.kind !== 'patched') throw new Error(outcome.message);
  return outcome.object;
}

function podSpecAfter(podSpec: PodSpec, patch: PodSpec): unknown {
  const object = merged(deploymentWith(podSpec), { spec: { template: { spec: patch } } });
  return (object['spec'] as { template: { spec: unknown } }).template.spec;
}

const container = (name: string, more: PodSpec = {}): PodSpec => ({ name, image: 'i', ...more });
const env = (...names: readonly string[]): readonly PodSpec[] => names.map((name) => ({ name, value: name }));

describe('applyStrategicMerge', () => {
  it.each<[string, PodSpec, PodSpec, PodSpec]>([
    [
      'merges containers by name',
      { containers: [container('a')] },
      { containers: [{ name: 'a', image: 'j' }] },
      { containers: [container('a', { image: 'j' })] },
    ],
    [
      'puts new items first',
      { containers: [container('a')] },
      { containers: [container('b')] },
      { containers: [container('b'), container('a')] },
    ],
    [
      'keeps the place of others relative to patched items',
      { containers: [container('a', { env: env('a', 'b', 'c') })] },
      {
        containers: [
          {
            name: 'a',
            env: [
              { name: 'b', value: 'B' },
              { name: 'd', value: 'd' },
            ],
          },
        ],
      },
      { containers: [container('a', { env: [...env('a'), { name: 'b', value: 'B' }, ...env('d', 'c')] })] },
    ],
    [
      'deletes an item',
      { containers: [container('a'), container('b')] },
      { containers: [{ name: 'a', $patch: 'delete' }] },
      { containers: [container('b')] },
    ],
    [
      'replaces a merged list',
      { containers: [container('a'), container('b')] },
      { containers: [{ $patch: 'replace' }, container('c')] },
      { containers: [container('c')] },
    ],
    [
      'replaces an atomic list',
      { containers: [container('a', { args: ['1', '2'] })] },
      { containers: [{ name: 'a', args: ['3'] }] },
      { containers: [container('a', { args: ['3'] })] },
    ],
    [
      'replaces a list of objects without strategy',
      { tolerations: [{ key: 'a' }] },
      { tolerations: [{ key: 'b' }] },
      { tolerations: [{ key: 'b' }] },
    ],
    [
      'orders by directive',
      { containers: [container('a'), container('b')] },
      { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] },
      { containers: [container('b'), container('a')] },
    ],
    [
      'deletes with null',
      { nodeSelector: { a: '1', b: '2' } },
      { nodeSelector: { a: null, c: '3' } },
      { nodeSelector: { b: '2', c: '3' } },
    ],
    [
      'replaces a map',
      { nodeSelector: { a: '1' } },
      { nodeSelector: { $patch: 'replace', b: '2' } },
      { nodeSelector: { b: '2' } },
    ],
    ['empties a map', { nodeSelector: { a: '1' } }, { nodeSelector: { $patch: 'delete' } }, { nodeSelector: {} }],
    [
      'retains keys',
      { volumes: [{ name: 'v', emptyDir: {} }] },
      { volumes: [{ name: 'v', $retainKeys: ['name', 'configMap'], configMap: { name: 'c' } }] },
      { volumes: [{ name: 'v', configMap: { name: 'c' } }] },
    ],
    ['takes what is new without nulls', {}, { nodeSelector: { a: null, b: '1' } }, { nodeSelector: { b: '1' } }],
    [
      'drops directives in what is new',
      {},
      {
        '$setElementOrder/volumes': [{ name: 'v' }],
        volumes: [
          { name: 'v', $retainKeys: ['name'] },
          { name: 'w', $patch: 'delete' },
        ],
      },
      { volumes: [{ name: 'v' }] },
    ],
  ])('%s', (_, before, patch, after) => {
    expect(podSpecAfter(before, patch)).toEqual(after);
  });

  it('unites and deletes from lists of scalars', () => {
    const document = aDeployment({ metadata: { finalizers: ['a/a', 'b/b'] } });
    const patch = { metadata: { finalizers: ['c/c'], '$deleteFromPrimitiveList/finalizers': ['a/a'] } };
    expect(merged(document, patch)['metadata']).toMatchObject({ finalizers: ['c/c', 'b/b'] });
  });

  it.each([
    [[1], 'malformed'],
    [{ metadata: { labels: { $retainKeys: ['app'], other: 'x' } } }, 'malformed'],
    [{ metadata: { labels: { $retainKeys: 'app' } } }, 'malformed'],
    [{ metadata: { labels: { $patch: 'bogus' } } }, 'invalid'],
    [{ spec: { template: { spec: { containers: [{ image: 'x' }] } } } }, 'invalid'],
    [{ spec: { template: { spec: { containers: [{ name: 'nginx', $patch: 'merge' }] } } } }, 'invalid'],
    [
      {
        spec: { template: { spec: { containers: [container('a')], '$setElementOrder/containers': [{ name: 'b' }] } } },
      },
      'invalid',
    ],
    [{ spec: { template: { spec: { '$setElementOrder/containers': 'x' } } } }, 'malformed'],
  ])('refuses %j', (patch, code) => {
    expect(applyStrategicMerge(aDeployment(), patch, deploymentSchema())).toMatchObject({ kind: 'failed', code });
  });

  it('shares what it leaves alone and never changes its arguments', () => {
    const document = aDeployment();
    const patch = { metadata: { labels: { b: 'c' } } };
    const copies = structuredClone({ document, patch });
    const object = merged(document, patch);
    expect({ document, patch }).toEqual(copies);
    expect(object['spec']).toBe(document['spec']);
    expect(merged(document, {})).toBe(document);
  });

  it('gives the same when applied twice', () => {
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 });
    const order = fc.option(fc.constant(['a', 'b', 'c', 'd']), { nil: undefined });
    fc.assert(
      fc.property(names, names, fc.boolean(), order, (before, wanted, isSorted, setOrder) => {
        const items = isSorted || setOrder !== undefined ? wanted.toSorted() : wanted;
        const patch = {
          containers: items.map((name) => container(name)),
          ...(setOrder === undefined
            ? undefined
            : { '$setElementOrder/containers': setOrder.map((name) => ({ name })) }),
        };
        const once = podSpecAfter({ containers: before.map((name) => container(name, { image: 'old' })) }, patch);
        expect(podSpecAfter(once as PodSpec, patch)).toEqual(once);
      }),
    );
  });
});
