/** Schemas and builders for the tests of this folder. */
import { readOpenApiDocument } from '@flotilla/kinds/openapi-files';
import { createSchemaCompiler } from '@flotilla/kinds/schema/compile-openapi';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { SchemaNode } from '@flotilla/kinds/schema-node';

const compiled = new Map<string, SchemaNode>();

/** The schema of a built-in kind, from the published documents. */
export function builtInSchema(groupVersion: string, component: string): SchemaNode {
  let schema = compiled.get(component);
  if (schema === undefined) {
    const document = readOpenApiDocument(groupVersion) as {
      components: { schemas: Readonly<Record<string, unknown>> };
    };
    schema = createSchemaCompiler(document.components.schemas, 'typed').component(component);
    compiled.set(component, schema);
  }
  return schema;
}

export function deploymentSchema(): SchemaNode {
  return builtInSchema('apps/v1', 'io.k8s.api.apps.v1.Deployment');
}

export function configMapSchema(): SchemaNode {
  return builtInSchema('v1', 'io.k8s.api.core.v1.ConfigMap');
}

/** A custom kind with an associative list and a part without structure. */
export function widgetSchema(): SchemaNode {
  return createSchemaCompiler({}, 'structural').inline({
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          size: { type: 'integer' },
          parts: {
            type: 'array',
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['name'],
            items: { type: 'object', properties: { name: { type: 'string' }, color: { type: 'string' } } },
          },
          free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
    },
  });
}

export interface DeploymentParts {
  readonly replicas?: number | undefined;
  readonly image?: string;
  readonly container?: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** A Deployment as somebody would apply it. `replicas: undefined` leaves the field out. */
export function aDeployment(parts: DeploymentParts = {}): KubeObject {
  const replicas = 'replicas' in parts ? parts.replicas : 2;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default', labels: { app: 'web' }, ...parts.metadata },
    spec: {
      ...(replicas === undefined ? undefined : { replicas }),
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'nginx', image: parts.image ?? 'nginx:1', ...parts.container }] },
      },
    },
  };
}
