import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createKindRegistry } from '../../kind-registry.ts';
import { readOpenApiDocument } from '../../openapi-files.ts';
import { createLocally } from '../../testing/local-create.ts';
import { createBuiltinKinds } from '../all.ts';
import { toVersion1, toVersion2 } from './hpa-v1-conversion.ts';
import type { KubeObject } from '../../kube-object.ts';
import type { MutableKubeObject } from '../../kind-definition.ts';

interface Recorded {
  readonly input: KubeObject;
  /** As read in version 2 and in version 1. */
  readonly outputs: readonly [KubeObject, KubeObject];
  /** What version 2 shows after version 1 was written back as it was read. */
  readonly returned: KubeObject;
}

const path = new URL('../testdata/versions.golden.json', import.meta.url);
const records = (JSON.parse(readFileSync(path, 'utf8')) as readonly Recorded[]).map(
  (record) => [`${record.input.metadata.name}`, record] as const,
);

const registry = createKindRegistry(createBuiltinKinds({ readDocument: readOpenApiDocument }));
const kindOf = (version: string) => registry.byKind('autoscaling', version, 'HorizontalPodAutoscaler')!;

/** What a server stores of a new object. */
function stored(input: KubeObject, like: KubeObject): KubeObject {
  const kind = kindOf(input.apiVersion.endsWith('v1') ? 'v1' : 'v2');
  const { object, problems, errors } = createLocally(kind, input, like.metadata.uid ?? '', 0);
  expect({ problems, errors }).toEqual({ problems: [], errors: [] });
  const draft = structuredClone(kind.conversion?.toStored(object) ?? object) as MutableKubeObject;
  kindOf('v2').applyDefaults?.(draft);
  return draft;
}

describe('HorizontalPodAutoscalers in two versions, against a real kube-apiserver', () => {
  it.each(records)('version 1 of %s says the same', (_, { outputs: [version2, version1] }) => {
    expect(toVersion1(version2)).toEqual(version1);
  });

  it.each(records)('version 1 of %s, written back, is stored the same', (_, { outputs: [, version1], returned }) => {
    expect(toVersion2(version1)).toEqual(returned);
  });

  it.each(records)('%s is stored the same', (_, { input, outputs: [version2] }) => {
    const { spec, metadata } = stored(input, version2);
    expect({ spec, annotations: metadata.annotations ?? {} }).toEqual({
      spec: version2['spec'],
      annotations: version2.metadata.annotations ?? {},
    });
  });

  it.each(records)('%s has the same row in both versions', (_, { outputs: [, version1], returned }) => {
    expect(kindOf('v1').printRow(version1, 0)).toEqual(kindOf('v2').printRow(returned, 0));
  });
});

describe('conversion of a HorizontalPodAutoscaler', () => {
  const version1 = (fields: object, annotations: Record<string, string> = {}): KubeObject => ({
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'a', ...(Object.keys(annotations).length > 0 && { annotations }) },
    ...fields,
  });

  it('takes annotated measurements rather than the field for the CPU', () => {
    const key = 'autoscaling.alpha.kubernetes.io/current-metrics';
    const annotated = '[{"type":"Resource","resource":{"name":"memory","currentAverageValue":"1"}}]';
    const { status } = toVersion2(version1({ status: { currentCPUUtilizationPercentage: 5 } }, { [key]: annotated }));
    expect(status).toEqual({
      currentMetrics: [{ type: 'Resource', resource: { name: 'memory', current: { averageValue: '1' } } }],
    });
  });

  it('keeps the first of several utilizations of the CPU, as kube-apiserver does', () => {
    const cpu = (averageUtilization: number) => ({
      type: 'Resource',
      resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
    });
    const object = toVersion1({ ...version1({ spec: { metrics: [cpu(50), cpu(90)] } }), apiVersion: 'autoscaling/v2' });
    expect(object).toEqual(version1({ spec: { targetCPUUtilizationPercentage: 50 } }));
  });

  it.each(['null', '1', '"x"', '{}', '[null]', '[1]', '{"ScaleUp":1}'])('survives %s in any annotation', (text) => {
    const annotations = Object.fromEntries(
      ['metrics', 'behavior', 'conditions', 'current-metrics'].map((name) => [
        `autoscaling.alpha.kubernetes.io/${name}`,
        text,
      ]),
    );
    const object = toVersion2(version1({ spec: {}, status: {} }, annotations));
    expect(object.metadata).toEqual({ name: 'a' });
  });

  it('is refused in the words of version 2', () => {
    const spec = { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' }, maxReplicas: 0 };
    const errors = kindOf('v1').validate?.(
      version1({ spec: { ...spec, targetCPUUtilizationPercentage: -1 } }),
      undefined,
    );
    expect(errors?.map(({ field, message }) => `${field}: ${message}`)).toEqual([
      'spec.maxReplicas: Required value: must be set and greater than 0',
      'spec.metrics[0].resource.target.averageUtilization: Invalid value: -1: must be greater than 0',
    ]);
  });
});
