/** Schemas and types of `config.karmada.io/v1alpha1`: what kinds mean that the platform doesn't know by itself. */
import { int32, list, object, oneOf, text, type ValueOf } from '../schema-builder.ts';
import { objectReferenceFields } from './core-schema.ts';
import type { KubeObject } from '../kube-object.ts';
import type { ObjectWithSpec } from './karmada-object.ts';

const script = (description: string) =>
  object(description, { luaScript: text('Lua source that defines the function of this operation.') });

export const interpreterCustomizationSpecSchema = object('Lua functions for one kind.', {
  target: object('Kind that is customised.', objectReferenceFields),
  customizations: object(
    'Functions; what is absent falls back to webhooks and to what is built in.',
    {},
    {
      retention: script('Retain(desired, observed): what to keep of the member’s object.'),
      replicaResource: script('GetReplicas(object): replicas and what one replica needs.'),
      componentResource: script('GetComponents(object): the pod templates of the workload.'),
      replicaRevision: script('ReviseReplica(object, replicas): the object with that many replicas.'),
      statusReflection: script('ReflectStatus(object): the part of the status to report.'),
      statusAggregation: script(
        'AggregateStatus(object, items): the template with the clusters’ statuses folded together.',
      ),
      healthInterpretation: script('InterpretHealth(object): whether the object works.'),
      dependencyInterpretation: script('GetDependencies(object): what the object refers to.'),
    },
  ),
});
export type InterpreterCustomizationSpec = ValueOf<typeof interpreterCustomizationSpecSchema>;
export type InterpreterOperationName = keyof InterpreterCustomizationSpec['customizations'];
export type ResourceInterpreterCustomization = ObjectWithSpec<
  'ResourceInterpreterCustomization',
  InterpreterCustomizationSpec
>;

const stringList = (description: string) => list(text('One of them; * means all and must stand alone.'), description);

export const interpreterWebhooksSchema = list(
  object(
    'One webhook.',
    {
      name: text('Fully qualified name, unique within the object.'),
      clientConfig: object(
        'How the webhook is reached: url or service.',
        {},
        {
          url: text('URL, https.'),
          service: object(
            'Service of this control plane or of the cluster it runs in.',
            { namespace: text('Namespace of the Service.'), name: text('Name of the Service.') },
            { path: text('Path of the request.'), port: int32('Port, 443 by default.') },
          ),
          caBundle: text('PEM bundle that the server’s certificate is checked with, base64.', { format: 'byte' }),
        },
      ),
      interpreterContextVersions: list(
        text('Version.'),
        'Versions of ResourceInterpreterContext that the webhook accepts, preferred first; v1alpha1 is spoken.',
      ),
    },
    {
      rules: list(
        object('Operations on kinds.', {
          operations: list(
            oneOf(
              [
                '*',
                'InterpretReplica',
                'InterpretComponent',
                'ReviseReplica',
                'Retain',
                'AggregateStatus',
                'InterpretStatus',
                'InterpretHealth',
                'InterpretDependency',
              ],
              'Operation; * means all and must stand alone.',
            ),
            'Operations that the webhook implements.',
          ),
          apiGroups: stringList('API groups of the kinds.'),
          apiVersions: stringList('API versions of the kinds.'),
          kinds: stringList('Kinds.'),
        }),
        'What the webhook is called for.',
      ),
      timeoutSeconds: int32('Longest wait for an answer, 1 to 30 seconds.', { default: 10, minimum: 1, maximum: 30 }),
    },
  ),
  'Webhooks.',
);
export type InterpreterWebhook = ValueOf<typeof interpreterWebhooksSchema>[number];

export interface ResourceInterpreterWebhookConfiguration extends KubeObject {
  readonly kind: 'ResourceInterpreterWebhookConfiguration';
  readonly webhooks: readonly InterpreterWebhook[];
}
