import { describe, expect, it } from 'vitest';
import { createBuiltinKinds } from '../builtin/all.ts';
import { createKindRegistry } from '../kind-registry.ts';
import { readOpenApiDocument } from '../openapi-files.ts';
import { decodeObject } from './decode.ts';
import { applySchemaDefaults } from './schema-defaults.ts';

const registry = createKindRegistry(createBuiltinKinds({ readDocument: readOpenApiDocument }));
const deployment = registry.byKind('apps', 'v1', 'Deployment')!.schema();

function withContainer(container: object): object {
  return { spec: { template: { spec: { containers: [container] } } } };
}

describe('decoding of typed kinds', () => {
  it('returns the very same value when there is nothing to change', () => {
    const input = { apiVersion: 'apps/v1', kind: 'Deployment', spec: { replicas: 2 } };
    expect(decodeObject(input, deployment, { mode: 'Strict' }).object).toBe(input);
  });

  it('names unknown fields by their path, and prunes them in every mode', () => {
    const input = { spec: { foo: 1, template: { spec: { containers: [{ name: 'a', bar: 1 }] } } } };
    const strict = decodeObject(input, deployment, { mode: 'Strict' });
    expect(strict.unknownFields).toEqual([
      'unknown field "spec.foo"',
      'unknown field "spec.template.spec.containers[0].bar"',
    ]);
    const ignoring = decodeObject(input, deployment, { mode: 'Ignore' });
    expect(ignoring).toEqual({ object: withContainer({ name: 'a' }), unknownFields: [], errors: [] });
    expect(input.spec.foo).toBe(1);
  });

  it('takes null for absent, and drops empty lists, empty maps and zeros that mean nothing', () => {
    const input = {
      metadata: { labels: {}, annotations: null },
      spec: { replicas: 0, paused: false, selector: null, template: { spec: { nodeSelector: {}, tolerations: [] } } },
    };
    expect(decodeObject(input, deployment, { mode: 'Strict' }).object).toEqual({
      metadata: {},
      spec: { replicas: 0, template: { spec: {} } },
    });
  });

  it.each<[object, string]>([
    [{ spec: { replicas: '3' } }, 'string into Go struct field DeploymentSpec.spec.replicas of type int32'],
    [{ spec: { replicas: 1.5 } }, 'number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32'],
    [
      withContainer({ env: [{ name: 'A', value: 1 }] }),
      'number into Go struct field EnvVar.spec.template.spec.containers.env.value of type string',
    ],
    [{ metadata: { labels: { a: 1 } } }, 'number into Go struct field ObjectMeta.metadata.labels of type string'],
  ])('refuses %j', (input, message) => {
    expect(decodeObject(input, deployment, { mode: 'Strict' }).errors).toEqual([`json: cannot unmarshal ${message}`]);
  });

  it('prints quantities canonically', () => {
    const input = withContainer({ resources: { limits: { cpu: 0.1, memory: '1024Mi', pods: '1000m' } } });
    expect(decodeObject(input, deployment, { mode: 'Strict' }).object).toEqual(
      withContainer({ resources: { limits: { cpu: '100m', memory: '1Gi', pods: '1' } } }),
    );
  });

  it('keeps a key named __proto__ as the plain key that it is', () => {
    const input: unknown = JSON.parse('{"metadata":{"labels":{"__proto__":"x","a":null}}}');
    const { object } = decodeObject(input, deployment, { mode: 'Strict' });
    expect(JSON.stringify(object)).toBe('{"metadata":{"labels":{"__proto__":"x","a":""}}}');
  });

  it('fills the structures that a typed server always prints, and is idempotent', () => {
    const draft = { spec: { template: { spec: { containers: [{ name: 'a' }] } } } };
    applySchemaDefaults(draft, deployment);
    const once = structuredClone(draft);
    expect(draft).toEqual({
      metadata: {},
      spec: {
        selector: null,
        strategy: {},
        template: { metadata: {}, spec: { containers: [{ name: 'a', resources: {} }] } },
      },
      status: {},
    });
    applySchemaDefaults(draft, deployment);
    expect(draft).toEqual(once);
  });
});
