/** Every kind of Karmada's API that Flotilla serves, and the Multi-Cluster Services API. */
import type { KindDefinition } from '../kind-definition.ts';
import { metaSchemas } from '../object-meta-schema.ts';
import { objectMetaSchemaName } from '../schema-builder.ts';
import type { SchemaNode } from '../schema-node.ts';
import { createSchemaCompiler } from '../schema/compile-openapi.ts';
import { autoscalingKinds } from './autoscaling-kinds.ts';
import { clusterKind } from './cluster-kind.ts';
import { configKinds } from './config-kinds.ts';
import { componentNameOf, componentOf, defineKind, type KarmadaKind } from './define-kind.ts';
import { networkingKinds } from './networking-kinds.ts';
import { otherKinds } from './other-kinds.ts';
import { policyKinds, type PolicyKindsOptions } from './policy-kinds.ts';
import { workKinds } from './work-kinds.ts';

/** Schemas compile when first used. */
export function createKarmadaKinds(options: Partial<PolicyKindsOptions> = {}): readonly KindDefinition[] {
  const { allowsNoExecuteTaintPolicies = false } = options;
  const kinds: readonly KarmadaKind[] = [
    ...policyKinds({ allowsNoExecuteTaintPolicies }),
    ...workKinds,
    clusterKind,
    ...configKinds,
    ...networkingKinds,
    ...autoscalingKinds,
    ...otherKinds,
  ];
  const components = Object.fromEntries(kinds.map((kind) => [componentNameOf(kind), componentOf(kind)]));
  const compiler = createSchemaCompiler({ ...components, ...metaSchemas }, 'structural');
  const metadata = createSchemaCompiler(metaSchemas, 'typed').component(objectMetaSchemaName);
  const compile = (name: string): SchemaNode => withTypedMetadata(compiler.component(name), metadata);
  return kinds.map((kind) => defineKind(kind, compile, metaSchemas));
}

/** Metadata is decoded as strictly as that of built-in kinds: a label that is no string is refused, null means absent. */
function withTypedMetadata(root: SchemaNode, metadata: SchemaNode): SchemaNode {
  if (root.kind !== 'object') return root;
  const fields = new Map(root.fields).set('metadata', { node: metadata, default: {} });
  return {
    kind: 'object',
    fields,
    required: root.required,
    isAtomic: root.isAtomic,
    preservesUnknown: root.preservesUnknown,
  };
}
