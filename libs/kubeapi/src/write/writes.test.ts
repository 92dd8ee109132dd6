import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configMap, deployment, mergePatch, startApi, type ApiUnderTest } from '../testing/api-under-test.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';
const deployments = '/apis/apps/v1/namespaces/default/deployments';

describe('writes', () => {
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  it('stamps what the server owns on create', async () => {
    const { metadata } = await api.create(deployments, deployment('stamped', 3));
    expect(metadata).toMatchObject({
      name: 'stamped',
      namespace: 'default',
      generation: 1,
      creationTimestamp: '2026-01-02T03:04:05Z',
    });
    expect(metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(Number(metadata.resourceVersion)).toBeGreaterThan(0);
    expect(metadata.managedFields).toHaveLength(1);
  });

  it('refuses a name that is taken, and lets exactly one of many creators win', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => api.call('POST', configMaps, { body: configMap('race') })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    const lost = answers.find(({ status }) => status !== 201);
    expect(lost).toMatchObject({
      status: 409,
      body: {
        reason: 'AlreadyExists',
        message: 'configmaps "race" already exists',
        details: { name: 'race', kind: 'configmaps' },
      },
    });
  });

  it('makes names for generateName', async () => {
    const names = new Set<string | undefined>();
    for (let count = 0; count < 5; count += 1) {
      // oxlint-disable-next-line no-await-in-loop
      names.add((await api.create(configMaps, { ...configMap(''), metadata: { generateName: 'gen-' } })).metadata.name);
    }
    expect(names.size).toBe(5);
    for (const name of names) expect(name).toMatch(/^gen-[a-z0-9]{5}$/);
  });

  it('answers 409 for a stale PUT and takes one without a revision', async () => {
    const first = await api.create(configMaps, configMap('stale', { a: '1' }));
    const put = (object: object) => api.call('PUT', `${configMaps}/stale`, { body: object });
    const second = await put({ ...first, data: { a: '2' } });
    expect(second.status).toBe(200);
    const stale = await put({ ...first, data: { a: '3' } });
    expect(stale).toMatchObject({
      status: 409,
      body: {
        reason: 'Conflict',
        message:
          'Operation cannot be fulfilled on configmaps "stale": the object has been modified; please apply your changes to the latest version and try again',
      },
    });
    expect((await put(configMap('stale', { a: '4' }))).body.data).toEqual({ a: '4' });
  });

  it('does not write when nothing changes', async () => {
    const before = await api.create(deployments, deployment('same'));
    const again = await api.call('PUT', `${deployments}/same`, { body: deployment('same') });
    expect(again.body.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    const patched = await api.call('PATCH', `${deployments}/same`, {
      body: { spec: { replicas: 1 } },
      headers: mergePatch,
    });
    expect(patched.body.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });

  it('raises the generation for the spec only, and keeps spec and status apart', async () => {
    await api.create(deployments, deployment('gen'));
    const patch = (path: string, body: object) =>
      api.call('PATCH', `${deployments}/gen${path}`, { body, headers: mergePatch });
    expect((await patch('', { metadata: { labels: { a: 'b' } } })).body.metadata.generation).toBe(1);
    expect((await patch('/status', { status: { replicas: 5 }, spec: { replicas: 9 } })).body).toMatchObject({
      metadata: { generation: 1 },
      spec: { replicas: 1 },
      status: { replicas: 5 },
    });
    expect((await patch('', { spec: { replicas: 2 }, status: { replicas: 7 } })).body).toMatchObject({
      metadata: { generation: 2 },
      status: { replicas: 5 },
    });
  });

  it('retries patches that lose a race: none is lost', async () => {
    await api.create(configMaps, configMap('counted'));
    const keys = Array.from({ length: 6 }, (_, at) => `k${at}`);
    const answers = await Promise.all(
      keys.map((key) =>
        api.call('PATCH', `${configMaps}/counted`, { body: { data: { [key]: '1' } }, headers: mergePatch }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(keys.map(() => 200));
    expect(Object.keys((await api.call('GET', `${configMaps}/counted`)).body.data as object).toSorted()).toEqual(keys);
  });

  it('stores nothing on a dry run', async () => {
    const created = await api.call('POST', `${configMaps}?dryRun=All`, { body: configMap('dry') });
    expect(created.status).toBe(201);
    expect(created.body.metadata.uid).toBeDefined();
    expect((await api.call('GET', `${configMaps}/dry`)).status).toBe(404);
    const bad = await api.call('POST', `${configMaps}?dryRun=Some`, { body: configMap('dry') });
    expect(bad.status).toBe(422);
  });

  it('applies on the server, and names who owns a field in a conflict', async () => {
    const apply = (manager: string, data: object, query = '') =>
      api.call('PATCH', `${configMaps}/applied?fieldManager=${manager}${query}`, {
        body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied' }, data },
        headers: { 'content-type': 'application/apply-patch+yaml' },
      });
    expect((await apply('one', { a: '1' })).status).toBe(201);
    const conflict = await apply('two', { a: '2' });
    expect(conflict.status).toBe(409);
    expect(conflict.body.details.causes).toMatchObject([{ reason: 'FieldManagerConflict', field: '.data.a' }]);
    expect((await apply('two', { a: '2' }, '&force=true')).body.data).toEqual({ a: '2' });
  });

  it('reads and writes scale', async () => {
    await api.create(deployments, deployment('scaled', 2));
    const before = await api.call('GET', `${deployments}/scaled/scale`);
    expect(before.body).toMatchObject({ kind: 'Scale', spec: { replicas: 2 }, status: { selector: 'app=scaled' } });
    const after = await api.call('PATCH', `${deployments}/scaled/scale`, {
      body: { spec: { replicas: 7 } },
      headers: mergePatch,
    });
    expect(after.body.spec.replicas).toBe(7);
    expect((await api.call('GET', `${deployments}/scaled`)).body).toMatchObject({
      metadata: { generation: 2 },
      spec: { replicas: 7 },
    });
  });

  it('names the field and the reason in a refusal', async () => {
    const bad = { ...configMap('Bad_Name') };
    const answer = await api.call('POST', configMaps, { body: bad });
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({
      reason: 'Invalid',
      details: { kind: 'ConfigMap', causes: [{ field: 'metadata.name' }] },
    });
  });

  it.each([
    ['malformed JSON', '{"apiVersion":', {}, 400, 'json parse error'],
    ['malformed YAML', 'a: b: c', { 'content-type': 'application/yaml' }, 400, 'yaml'],
    ['another kind', '{"apiVersion":"v1","kind":"Secret"}', {}, 400, 'cannot be handled as a ConfigMap'],
    ['a type that is not known', 'x', { 'content-type': 'text/plain' }, 415, 'accepted media types'],
    ['an empty body', '', {}, 400, '<empty>'],
  ])('refuses %s', async (_, body, headers, status, text) => {
    const answer = await api.call('POST', configMaps, { body, headers });
    expect(answer.status).toBe(status);
    expect(answer.body.message).toContain(text);
  });

  it('warns about unknown fields, or refuses them when asked to', async () => {
    const odd = { ...configMap('odd'), spec: { replicas: 1 } };
    const strict = await api.call('POST', `${configMaps}?fieldValidation=Strict`, { body: odd });
    expect(strict.status).toBe(400);
    expect(strict.body.message).toContain('unknown field "spec"');
    const warned = await api.call('POST', configMaps, { body: odd });
    expect(warned.status).toBe(201);
    expect(warned.headers['warning']).toBe('299 - "unknown field \\"spec\\""');
    expect(warned.body.spec).toBeUndefined();
  });

  const twice = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"twice"},"data":{"a":"1","a":"2"}}';
  const twiceInYaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: twice\ndata:\n  a: "1"\n  a: "2"\n';
  const yaml = { 'content-type': 'application/yaml' };
  const apply = { 'content-type': 'application/apply-patch+yaml' };
  const merge = { 'content-type': 'application/merge-patch+json' };
  const cannotBeHandled = 'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: ';
  const inField = 'duplicate field "data.a"';
  const inLine = 'line 7: key "a" already set in map';
  it.each([
    ['JSON', 'POST', '', {}, twice, 400, cannotBeHandled + inField, inField],
    ['YAML', 'POST', '', yaml, twiceInYaml, 400, `${cannotBeHandled}yaml: unmarshal errors:\n  ${inLine}`, inLine],
    ['a merge patch', 'PATCH', '/there', merge, '{"data":{"a":"1","a":"2"}}', 422, inField, inField],
    [
      'an applied configuration',
      'PATCH',
      '/twice?fieldManager=x',
      apply,
      twiceInYaml,
      400,
      `error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  ${inLine}`,
      inLine,
    ],
  ])(
    'warns about fields that come twice in %s and takes the last, or refuses them when asked to',
    async (_, method, path, headers, body, status, refusal, warning) => {
      await api.call('POST', configMaps, { body: configMap('there') });
      const url = `${configMaps}${path}${path.includes('?') ? '&' : '?'}dryRun=All`;
      const strict = await api.call(method, `${url}&fieldValidation=Strict`, { body, headers });
      expect(strict.status).toBe(status);
      expect(strict.body.message).toContain(refusal);
      const warned = await api.call(method, url, { body, headers });
      expect(warned.status).toBeLessThan(300);
      expect(warned.body).toMatchObject({ data: { a: '2' } });
      expect(warned.headers['warning']).toBe(`299 - "${warning.replaceAll('"', '\\"')}"`);
      const ignored = await api.call(method, `${url}&fieldValidation=Ignore`, { body, headers });
      expect(ignored.headers['warning']).toBeUndefined();
    },
  );

  it('refuses bodies and objects past the limits, and keeps serving', async () => {
    const tooLong = await api.call('POST', configMaps, { body: configMap('big', { a: 'x'.repeat(3 * 1024 * 1024) }) });
    expect(tooLong).toMatchObject({ status: 413, body: { reason: 'RequestEntityTooLarge' } });
    const tooLarge = await api.call('POST', configMaps, {
      body: {
        ...configMap('big'),
        metadata: { name: 'big' },
        data: { a: 'x'.repeat(1_000_000), b: 'y'.repeat(700_000) },
      },
    });
    expect([413, 422]).toContain(tooLarge.status);
    expect((await api.call('GET', `${configMaps}/big`)).status).toBe(404);
  });
});

describe('deletion', () => {
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  it('answers a Status with the uid, then 404', async () => {
    const { metadata } = await api.create(configMaps, configMap('gone'));
    const deleted = await api.call('DELETE', `${configMaps}/gone`);
    expect(deleted.body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'gone', kind: 'configmaps', uid: metadata.uid },
    });
    expect((await api.call('DELETE', `${configMaps}/gone`)).status).toBe(404);
  });

  it('waits for finalizers, and takes no new ones', async () => {
    await api.create(configMaps, {
      ...configMap('held'),
      metadata: { name: 'held', finalizers: ['example.com/hold'] },
    });
    const marked = await api.call('DELETE', `${configMaps}/held`);
    expect(marked.body.metadata.deletionTimestamp).toBe('2026-01-02T03:04:05Z');
    const patch = (finalizers: readonly string[] | null) =>
      api.call('PATCH', `${configMaps}/held`, { body: { metadata: { finalizers } }, headers: mergePatch });
    expect((await patch(['example.com/hold', 'example.com/more'])).status).toBe(422);
    expect((await patch(null)).status).toBe(200);
    expect((await api.call('GET', `${configMaps}/held`)).status).toBe(404);
  });

  it('holds to its preconditions', async () => {
    await api.create(configMaps, configMap('guarded'));
    const answer = await api.call('DELETE', `${configMaps}/guarded`, {
      body: { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: 'other' } },
    });
    expect(answer).toMatchObject({ status: 409, body: { reason: 'Conflict' } });
    expect((await api.call('GET', `${configMaps}/guarded`)).status).toBe(200);
  });

  it('deletes what a selector means', async () => {
    for (const name of ['c1', 'c2', 'c3']) {
      // oxlint-disable-next-line no-await-in-loop
      await api.create(configMaps, configMap(name, {}, { group: name === 'c3' ? 'b' : 'a' }));
    }
    const answer = await api.call('DELETE', `${configMaps}?labelSelector=group%3Da`);
    expect(answer.status).toBe(200);
    expect(answer.body.items).toHaveLength(2);
    expect((await api.call('GET', `${configMaps}/c3`)).status).toBe(200);
    expect((await api.call('GET', `${configMaps}/c1`)).status).toBe(404);
  });
});
