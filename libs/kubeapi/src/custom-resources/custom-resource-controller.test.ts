import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kindFromCrd } from '@flotilla/kinds/crd-kind';
import { mergePatch, startApi, type ApiUnderTest } from '../testing/api-under-test.ts';
import { createCustomResourceController } from './custom-resource-controller.ts';
import { createDefinedKinds } from './defined-kinds.ts';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const widgets = '/apis/example.com/v1/namespaces/default/widgets';

function definition(plural: string, kind: string): object {
  const schema = {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        required: ['size'],
        properties: { size: { type: 'integer', minimum: 1 }, color: { type: 'string', default: 'blue' } },
        'x-kubernetes-validations': [
          { rule: 'self.size < 100', message: 'too large' },
          { rule: 'self.size >= oldSelf.size', message: 'must not shrink' },
        ],
      },
      status: { type: 'object', properties: { ready: { type: 'boolean' } } },
    },
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.example.com` },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural, kind, shortNames: [] },
      versions: [
        { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema }, subresources: { status: {} } },
      ],
    },
  };
}

const widget = (name: string, spec: object) => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name },
  spec,
});

describe('custom resources', () => {
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await startApi({
      controllers: [
        (deps) => {
          const definedKinds = createDefinedKinds({ ...deps, kindsOf: kindFromCrd });
          definedKinds.start();
          return createCustomResourceController({ ...deps, definedKinds });
        },
      ],
    });
    await api.create(definitions, definition('widgets', 'Widget'));
    await api.idle();
  });
  afterAll(() => api.close());

  it('are established, served and described', async () => {
    const { body } = await api.call('GET', `${definitions}/widgets.example.com`);
    expect(body.status).toMatchObject({
      storedVersions: ['v1'],
      acceptedNames: { plural: 'widgets', kind: 'Widget' },
      conditions: [
        { type: 'NamesAccepted', status: 'True' },
        { type: 'Established', status: 'True' },
      ],
    });
    expect((await api.call('GET', '/apis/example.com/v1')).body.resources).toHaveLength(2);
    expect((await api.call('GET', '/openapi/v3/apis/example.com/v1')).status).toBe(200);
  });

  it('obey the rules of their definition, also when they change', async () => {
    const large = await api.call('POST', widgets, { body: widget('ruled', { size: 100 }) });
    expect(large).toMatchObject({
      status: 422,
      body: { message: 'Widget.example.com "ruled" is invalid: spec: Invalid value: too large' },
    });
    await api.create(widgets, widget('ruled', { size: 5 }));
    const patch = (size: number) =>
      api.call('PATCH', `${widgets}/ruled`, { headers: mergePatch, body: { spec: { size } } });
    expect((await patch(6)).status).toBe(200);
    expect((await patch(4)).body.details.causes).toEqual([
      { reason: 'FieldValueInvalid', message: 'Invalid value: must not shrink', field: 'spec' },
    ]);
  });

  it('take no rule that cannot be read', async () => {
    const [version] = (definition('gadgets', 'Gadget') as { spec: { versions: [object] } }).spec.versions;
    const broken = { type: 'object', 'x-kubernetes-validations': [{ rule: 'self.a >' }] };
    const crd = definition('gadgets', 'Gadget') as { spec: object };
    const versions = [{ ...version, schema: { openAPIV3Schema: broken } }];
    const refused = await api.call('POST', definitions, { body: { ...crd, spec: { ...crd.spec, versions } } });
    expect(refused.body.details.causes).toMatchObject([
      { field: 'spec.validation.openAPIV3Schema.x-kubernetes-validations[0].rule' },
    ]);
  });

  it('are defaulted, pruned and validated', async () => {
    const created = await api.call('POST', widgets, { body: widget('one', { size: 2, weight: 3 }) });
    expect(created.status).toBe(201);
    expect(created.body.spec).toEqual({ size: 2, color: 'blue' });
    const bad = await api.call('POST', widgets, { body: widget('two', { size: 0 }) });
    expect(bad).toMatchObject({ status: 422, body: { details: { causes: [{ field: 'spec.size' }] } } });
    const patched = await api.call('PATCH', `${widgets}/one`, { body: { spec: { size: 5 } }, headers: mergePatch });
    expect(patched.body.metadata.generation).toBe(2);
    const strategic = await api.call('PATCH', `${widgets}/one`, {
      body: {},
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
    });
    expect(strategic.status).toBe(415);
  });

  it('may not take a name that is in use', async () => {
    await api.create(definitions, definition('gadgets', 'Widget'));
    await api.idle();
    const { body } = await api.call('GET', `${definitions}/gadgets.example.com`);
    expect(body.status.conditions[0]).toMatchObject({ type: 'NamesAccepted', status: 'False' });
    expect((await api.call('GET', '/apis/example.com/v1/namespaces/default/gadgets')).status).toBe(404);
  });

  it('go with their definition', async () => {
    await api.call('DELETE', `${definitions}/widgets.example.com`);
    await api.idle();
    expect((await api.call('GET', `${definitions}/widgets.example.com`)).status).toBe(404);
    expect((await api.call('GET', widgets)).status).toBe(404);
    expect(api.store.count({ group: 'example.com', resource: 'widgets' })).toBe(0);
  });
});
