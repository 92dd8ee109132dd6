import { describe, expect, it } from 'vitest';
import { complaint } from '../testing/complaint.ts';
import type { KubeObject } from '../kube-object.ts';
import { admissionTimeMs, admit, kindNamed } from '../testing/admission.ts';
import { createKarmadaKinds } from './all.ts';
import type { Cluster } from './cluster.ts';

const kind = kindNamed(createKarmadaKinds(), 'Cluster');

function aCluster(spec: object = {}, name = 'member1'): object {
  const apiVersion = 'cluster.karmada.io/v1alpha1';
  return { apiVersion, kind: 'Cluster', metadata: { name }, spec: { syncMode: 'Push', ...spec } };
}

function model(grade: number, ...ranges: readonly (readonly [string, string, string])[]): object {
  return { grade, ranges: ranges.map(([name, min, max]) => ({ name, min, max })) };
}

function specOf(spec: object, old?: KubeObject): Cluster['spec'] {
  return (admit(kind, aCluster(spec), old).object as Cluster).spec;
}

describe('defaults', () => {
  it('brings nine classes of nodes', () => {
    const models = specOf({}).resourceModels ?? [];
    expect(models).toHaveLength(9);
    expect(models[1]).toEqual(model(1, ['cpu', '1', '2'], ['memory', '4Gi', '16Gi']));
    const rest = '9223372036854775807';
    expect(models[8]).toEqual(model(8, ['cpu', '128', rest], ['memory', '1Ti', rest]));
  });

  it('puts classes in order and closes both ends', () => {
    const resourceModels = [model(2, ['cpu', '4', '8']), model(1, ['cpu', '1', '4'])];
    expect(specOf({ resourceModels }).resourceModels).toEqual([
      model(1, ['cpu', '0', '4']),
      model(2, ['cpu', '4', '9223372036854775807']),
    ]);
  });

  it('moves a single zone to the list of zones', () => {
    const { zone, zones } = specOf({ zone: 'a' });
    expect([zone, zones]).toEqual([undefined, ['a']]);
  });

  it('remembers when a NoExecute taint appeared', () => {
    const taints = [
      { key: 'a', effect: 'NoExecute' },
      { key: 'b', effect: 'NoSchedule' },
      { key: 'c', effect: 'NoExecute', timeAdded: '2020-01-01T00:00:00Z' },
    ];
    const now = new Date(admissionTimeMs).toISOString().replace('.000', '');
    expect(specOf({ taints }).taints?.map(({ timeAdded }) => timeAdded)).toEqual([
      now,
      undefined,
      '2020-01-01T00:00:00Z',
    ]);
  });

  it('is idempotent', () => {
    const once = admit(kind, aCluster({ zone: 'a' })).object;
    expect(admit(kind, once, once).object).toEqual(once);
  });
});

describe('validation', () => {
  it.each<[string, object, string | undefined]>([
    ['a location', { provider: 'aws', region: 'eu-1', zones: ['eu-1a', 'eu-1b'] }, undefined],
    ['a bad provider', { provider: 'a b' }, 'spec.provider: Invalid value: "a b"'],
    ['a bad zone', { zones: ['ok', '-'] }, 'spec.zones[1]: Invalid value: "-"'],
    ['zone beside zones', { zone: 'a', zones: ['b'] }, 'spec.zone: Forbidden: may not be used together with zones'],
    ['a proxy', { proxyURL: 'socks5://p:1080', proxyHeader: { a: 'b' } }, undefined],
    ['a proxy of another kind', { proxyURL: 'ftp://p' }, 'spec.proxyURL: Invalid value: "ftp://p"'],
    ['a header for no proxy', { proxyHeader: { a: 'b' } }, 'spec.proxyHeader: Forbidden'],
    ['an endpoint that is no URL', { apiEndpoint: 'https://[x' }, 'spec.apiEndpoint: Invalid value'],
    ['a taint', { taints: [{ key: 'a/b', value: 'c', effect: 'PreferNoSchedule' }] }, undefined],
    [
      'one taint twice',
      {
        taints: [
          { key: 'a', effect: 'NoSchedule' },
          { key: 'a', effect: 'NoSchedule', value: 'x' },
        ],
      },
      'spec.taints[1]: Duplicate value: "a:NoSchedule"',
    ],
    ['a taint without key', { taints: [{ key: '', effect: 'NoSchedule' }] }, 'spec.taints[0].key: Required value'],
    [
      'one grade twice',
      { resourceModels: [model(1, ['cpu', '0', '1']), model(1, ['cpu', '1', '2'])] },
      'spec.resourceModels[1].grade: Duplicate value: 1',
    ],
    [
      'other resources in a later grade',
      { resourceModels: [model(1, ['cpu', '0', '1']), model(2, ['memory', '1', '2'])] },
      'spec.resourceModels[1].ranges: Invalid value: "memory": must list the same resources',
    ],
    [
      'a gap',
      { resourceModels: [model(1, ['cpu', '0', '1']), model(2, ['cpu', '2', '4'])] },
      'spec.resourceModels[1].ranges[0].min: Invalid value: "2": must be equal to max of the grade before (1)',
    ],
    [
      'an empty range',
      { resourceModels: [model(1, ['cpu', '0', '1']), model(2, ['cpu', '1', '1']), model(3, ['cpu', '1', '2'])] },
      'spec.resourceModels[1].ranges[0].max: Invalid value: "1": must be greater than min (1)',
    ],
    [
      'equal bounds written differently',
      { resourceModels: [model(1, ['cpu', '0', '1000m']), model(2, ['cpu', '1', '2'])] },
      undefined,
    ],
  ])('%s', (_name, spec, expected) => {
    const { messages } = admit(kind, aCluster(spec));
    expect(messages.join('\n')).toEqual(complaint(expected));
  });

  it.each([
    ['a'.repeat(48), true],
    ['a'.repeat(49), false],
    ['a.b', false],
  ])('the name %s: %s', (name, isValid) => {
    expect(admit(kind, aCluster({}, name)).messages.length === 0).toBe(isValid);
  });
});

it('prints version, mode, readiness and age, and more with -o wide', () => {
  const cluster = {
    ...admit(kind, aCluster({ apiEndpoint: 'https://m:6443', provider: 'p', region: 'r', zones: ['a', 'b'] })).object,
    metadata: { name: 'member1', creationTimestamp: '2026-01-01T00:00:00Z' },
    status: { kubernetesVersion: 'v1.36.3', conditions: [{ type: 'Ready', status: 'True' }] },
  };
  const shown = kind.columns.map(({ name, priority }) => (priority === 0 ? name : `${name}*`));
  expect(shown).toEqual(['Name', 'Version', 'Mode', 'Ready', 'Age', 'APIEndpoint*', 'Provider*', 'Region*', 'Zones*']);
  const row = kind.printRow(cluster, admissionTimeMs + 90_000);
  expect(row).toEqual(['member1', 'v1.36.3', 'Push', 'True', '90s', 'https://m:6443', 'p', 'r', 'a,b']);
});

it('keeps the status away from the main door', () => {
  const created = admit(kind, { ...aCluster(), status: { kubernetesVersion: 'x' } }).object;
  expect(created['status']).toBeUndefined();
  const old: KubeObject = { ...created, status: { kubernetesVersion: 'v1' } };
  expect(admit(kind, aCluster(), old).object['status']).toEqual({ kubernetesVersion: 'v1' });
});
