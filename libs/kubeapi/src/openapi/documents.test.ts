import { describe, expect, it } from 'vitest';
import { allVerbs, type KindDefinition } from '@flotilla/kinds/kind-definition';

import { documentHash, generateOpenApiV3, openApiIndex } from './documents.ts';
import { aggregateOpenApiV2 } from './v2.ts';

const widget: KindDefinition = {
  group: 'example.com',
  version: 'v1',
  kind: 'Widget',
  listKind: 'WidgetList',
  plural: 'widgets',
  singular: 'widget',
  shortNames: [],
  categories: [],
  isNamespaced: true,
  verbs: allVerbs,
  schema: () => ({ kind: 'any' }),
  openApi: () => ({
    rootName: 'com.example.v1.Widget',
    schemas: {
      'com.example.v1.Widget': {
        type: 'object',
        properties: {
          metadata: {
            allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }],
            description: 'M',
          },
          spec: { type: 'object', nullable: true, properties: { port: { 'x-kubernetes-int-or-string': true } } },
        },
      },
    },
  }),
  subresources: { status: true, scale: { specReplicasPath: ['spec', 'n'], statusReplicasPath: ['status', 'n'] } },
  allowsUnconditionalUpdate: true,
  allowsCreateOnUpdate: false,
  columns: [],
  printRow: () => [],
  hasGeneration: true,
};
const options = { title: 'Kubernetes', version: 'v1.36.0' };
const gadget: KindDefinition = {
  ...widget,
  kind: 'Gadget',
  listKind: 'GadgetList',
  plural: 'gadgets',
  isNamespaced: false,
  verbs: ['get', 'list'],
  subresources: {},
};

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
}

/** What the tests look at; a missing part shows as `undefined`. */
function partsOf(value: unknown): Document {
  return value as Document;
}

const generated = generateOpenApiV3([widget], options);
const document = partsOf(generated);

/** Every `$ref` of a document. */
function referencesOf(value: unknown): readonly string[] {
  return [...JSON.stringify(value).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference ?? '');
}

describe('generateOpenApiV3', () => {
  it('describes all doors of a kind', () => {
    expect(Object.keys(document.paths)).toEqual([
      '/apis/example.com/v1/namespaces/{namespace}/widgets',
      '/apis/example.com/v1/namespaces/{namespace}/widgets/{name}',
      '/apis/example.com/v1/namespaces/{namespace}/widgets/{name}/status',
      '/apis/example.com/v1/namespaces/{namespace}/widgets/{name}/scale',
      '/apis/example.com/v1/widgets',
    ]);
  });

  it('tells kubectl that PATCH validates fields and knows dry run', () => {
    const patch = document.paths['/apis/example.com/v1/namespaces/{namespace}/widgets/{name}']?.['patch'];
    expect(patch).toMatchObject({
      operationId: 'patchExampleComV1NamespacedWidget',
      'x-kubernetes-action': 'patch',
      'x-kubernetes-group-version-kind': { group: 'example.com', version: 'v1', kind: 'Widget' },
    });
    expect(patch).toHaveProperty(
      'parameters',
      expect.arrayContaining([expect.objectContaining({ name: 'fieldValidation', in: 'query' })]),
    );
    expect(patch).toHaveProperty(
      'parameters',
      expect.arrayContaining([expect.objectContaining({ name: 'dryRun', in: 'query' })]),
    );
  });

  it('names the kind on its component and its list, for kubectl explain', () => {
    expect(document.components.schemas['com.example.v1.Widget']?.['x-kubernetes-group-version-kind']).toEqual([
      { group: 'example.com', version: 'v1', kind: 'Widget' },
    ]);
    expect(document.components.schemas).toHaveProperty(['com.example.v1.WidgetList']);
  });

  it('refers to nothing that it does not hold', () => {
    for (const reference of referencesOf(document)) {
      expect(document.components.schemas).toHaveProperty([reference.replace('#/components/schemas/', '')]);
    }
  });

  it('leaves out verbs that are not served', () => {
    const { paths } = partsOf(generateOpenApiV3([gadget], options));
    expect(Object.keys(paths['/apis/example.com/v1/gadgets'] ?? {})).toEqual(['get', 'parameters']);
    expect(Object.keys(paths['/apis/example.com/v1/gadgets/{name}'] ?? {})).toEqual(['get', 'parameters']);
  });
});

describe('openApiIndex', () => {
  it('gives every document an address that changes with it', () => {
    const hash = documentHash('{}');
    expect(hash).toMatch(/^[0-9A-F]{128}$/);
    expect(openApiIndex(new Map([['apis/apps/v1', { hash }]]))).toEqual({
      paths: { 'apis/apps/v1': { serverRelativeURL: `/openapi/v3/apis/apps/v1?hash=${hash}` } },
    });
  });
});

describe('aggregateOpenApiV2', () => {
  const swagger = aggregateOpenApiV2([generated], options);

  it('moves components to definitions and says only what 2.0 knows', () => {
    const text = JSON.stringify(swagger);
    expect(swagger).toMatchObject({ swagger: '2.0', definitions: { 'com.example.v1.Widget': { type: 'object' } } });
    expect(text).not.toMatch(/components\/schemas|nullable|allOf|requestBody/);
    expect(swagger).toHaveProperty(
      ['definitions', 'com.example.v1.Widget', 'properties', 'spec', 'properties', 'port'],
      {
        type: 'string',
        format: 'int-or-string',
        'x-kubernetes-int-or-string': true,
      },
    );
  });

  it('turns request bodies into parameters', () => {
    expect(swagger).toHaveProperty(
      ['paths', '/apis/example.com/v1/namespaces/{namespace}/widgets', 'post', 'parameters', '0'],
      { name: 'body', in: 'body', required: true, schema: { $ref: '#/definitions/com.example.v1.Widget' } },
    );
  });
});
