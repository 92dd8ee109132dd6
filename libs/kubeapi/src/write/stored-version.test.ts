import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mergePatch, startApi, type ApiUnderTest } from '../testing/api-under-test.ts';

const inVersion1 = '/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers';
const inVersion2 = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers';
const metricsKey = 'autoscaling.alpha.kubernetes.io/metrics';
const memory = {
  type: 'Resource',
  resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } },
};
const cpu = (averageUtilization: number) => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
});

const autoscaler = (version: 'v1' | 'v2', name: string, spec: object = {}) => ({
  apiVersion: `autoscaling/${version}`,
  kind: 'HorizontalPodAutoscaler',
  metadata: { name },
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 3, ...spec },
});

describe('a kind whose versions have different shapes', () => {
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  const read = async (path: string) => (await api.call('GET', path)).body;

  it('answers in the version of the request and stores one', async () => {
    const created = await api.create(inVersion1, autoscaler('v1', 'one', { targetCPUUtilizationPercentage: 50 }));
    expect(created).toMatchObject({
      apiVersion: 'autoscaling/v1',
      spec: { minReplicas: 1, targetCPUUtilizationPercentage: 50 },
      status: { currentReplicas: 0, desiredReplicas: 0 },
    });
    expect(created.metadata.managedFields?.[0]).toMatchObject({
      apiVersion: 'autoscaling/v1',
      fieldsV1: { 'f:spec': { 'f:targetCPUUtilizationPercentage': {} } },
    });
    const other = await read(`${inVersion2}/one`);
    expect(other).toMatchObject({ apiVersion: 'autoscaling/v2', spec: { metrics: [cpu(50)] } });
    expect(other.metadata).toEqual(created.metadata);
    const list = await read(inVersion1);
    expect(list).toMatchObject({ apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscalerList' });
    expect(list.items[0].spec).toEqual(created['spec']);
    const stored = api.store.get({ group: 'autoscaling', resource: 'horizontalpodautoscalers' }, 'default', 'one');
    expect(stored?.object.apiVersion).toBe('autoscaling/v2');
  });

  it('patches in the version of the request and keeps what that one cannot say', async () => {
    await api.create(inVersion2, autoscaler('v2', 'patched', { metrics: [cpu(50), memory] }));
    const patched = await api.call('PATCH', `${inVersion1}/patched`, {
      headers: mergePatch,
      body: { spec: { maxReplicas: 9, targetCPUUtilizationPercentage: 70 } },
    });
    expect(patched).toMatchObject({ status: 200, body: { apiVersion: 'autoscaling/v1', spec: { maxReplicas: 9 } } });
    expect(patched.body.metadata.annotations[metricsKey]).toContain('"targetAverageValue":"1Gi"');
    const { spec, metadata } = await read(`${inVersion2}/patched`);
    expect(spec).toMatchObject({ maxReplicas: 9, metrics: [memory, cpu(70)] });
    expect(metadata.annotations).toBeUndefined();
  });

  it('applies in either version', async () => {
    const apply = (path: string, object: object, manager: string) =>
      api.call('PATCH', `${path}/applied?fieldManager=${manager}&force=true`, {
        headers: { 'content-type': 'application/apply-patch+yaml' },
        body: object,
      });
    const first = await apply(inVersion1, autoscaler('v1', 'applied', { targetCPUUtilizationPercentage: 40 }), 'a');
    expect(first).toMatchObject({ status: 201, body: { spec: { targetCPUUtilizationPercentage: 40 } } });
    const second = await apply(inVersion2, autoscaler('v2', 'applied', { maxReplicas: 5, metrics: [cpu(60)] }), 'b');
    expect(second).toMatchObject({ status: 200, body: { apiVersion: 'autoscaling/v2', spec: { metrics: [cpu(60)] } } });
    expect((await read(`${inVersion1}/applied`)).spec).toMatchObject({ targetCPUUtilizationPercentage: 60 });
  });

  it('keeps the status of the stored version when another one is put without it, and writes it through its own door', async () => {
    const conditions = [{ type: 'AbleToScale', status: 'True', lastTransitionTime: '2020-01-01T00:00:00Z' }];
    const created = await api.create(inVersion2, autoscaler('v2', 'status'));
    const status = { currentReplicas: 2, desiredReplicas: 2, currentMetrics: null, conditions };
    await api.call('PUT', `${inVersion2}/status/status`, { body: { ...created, status } });
    const put = await api.call('PUT', `${inVersion1}/status`, { body: autoscaler('v1', 'status', { maxReplicas: 4 }) });
    expect(put).toMatchObject({ status: 200, body: { spec: { maxReplicas: 4 }, status: { currentReplicas: 2 } } });
    expect((await read(`${inVersion2}/status`)).status).toEqual(status);
    const shown = await read(`${inVersion1}/status`);
    await api.call('PUT', `${inVersion1}/status/status`, {
      body: { ...shown, status: { ...shown.status, currentReplicas: 3 } },
    });
    expect((await read(`${inVersion2}/status`)).status).toEqual({ ...status, currentReplicas: 3 });
  });

  it('stores nothing when what was read is written back', async () => {
    await api.create(
      inVersion2,
      autoscaler('v2', 'same', { metrics: [memory], behavior: { scaleUp: { selectPolicy: 'Min' } } }),
    );
    const shown = await read(`${inVersion1}/same`);
    const { body } = await api.call('PUT', `${inVersion1}/same`, { body: shown });
    expect(body).toEqual(shown);
  });

  it('refuses what the stored version refuses, and runs dry in the version of the request', async () => {
    const refused = await api.call('POST', inVersion1, {
      body: autoscaler('v1', 'refused', { targetCPUUtilizationPercentage: 0 }),
    });
    expect(refused).toMatchObject({
      status: 422,
      body: { details: { causes: [{ field: 'spec.metrics[0].resource.target.averageUtilization' }] } },
    });
    const dry = await api.call('POST', `${inVersion1}?dryRun=All`, { body: autoscaler('v1', 'dry') });
    expect(dry).toMatchObject({
      status: 201,
      body: { apiVersion: 'autoscaling/v1', spec: { targetCPUUtilizationPercentage: 80 } },
    });
  });

  it('watches in the version of the request', async () => {
    const watch = await api.watch(`${inVersion1}?watch=true&fieldSelector=metadata.name%3Dwatched`);
    await api.create(inVersion2, autoscaler('v2', 'watched', { metrics: [cpu(33)] }));
    expect(await watch.next()).toMatchObject({
      type: 'ADDED',
      object: { apiVersion: 'autoscaling/v1', spec: { targetCPUUtilizationPercentage: 33 } },
    });
    watch.close();
  });
});

describe('Events', () => {
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  it('are the same objects in both groups', async () => {
    const newer = '/apis/events.k8s.io/v1/namespaces/default/events';
    const regarding = { kind: 'Pod', namespace: 'default', name: 'p' };
    await api.create(newer, {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'e' },
      regarding,
      reason: 'R',
      note: 'N',
      type: 'Normal',
      eventTime: '2020-01-01T00:00:00.000000Z',
      reportingController: 'c/x',
      reportingInstance: 'i',
      action: 'A',
    });
    const core = await api.call('GET', '/api/v1/namespaces/default/events/e');
    expect(core.body).toMatchObject({
      apiVersion: 'v1',
      involvedObject: regarding,
      message: 'N',
      reportingComponent: 'c/x',
    });
    const selected = await api.call('GET', `${newer}?fieldSelector=regarding.name%3Dp`);
    expect(selected.body).toMatchObject({ apiVersion: 'events.k8s.io/v1', items: [{ regarding, note: 'N' }] });
  });
});
