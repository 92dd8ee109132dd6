/** Schema and types of `search.karmada.io/v1alpha1` ResourceRegistry: which kinds of which clusters are cached and searchable. */
import { list, object, text, type ValueOf } from '../schema-builder.ts';
import { conditionsSchema, objectReferenceFields } from './core-schema.ts';
import type { ObjectWithStatus } from './karmada-object.ts';
import { clusterAffinitySchema } from './placement-schema.ts';

export const registrySpecSchema = object(
  'What is cached.',
  {
    targetCluster: clusterAffinitySchema,
    resourceSelectors: list(
      object('One kind.', objectReferenceFields, { namespace: text('Namespace; absent means all.') }),
      'Kinds to cache.',
    ),
  },
  {
    backendStore: object(
      'Where the cache is kept besides memory.',
      {},
      {
        openSearch: object(
          'An OpenSearch service.',
          {
            addresses: list(text('URL.'), 'Addresses of the service.'),
          },
          {
            secretRef: object(
              'Secret with userName and password.',
              {},
              {
                namespace: text('Namespace of the Secret.'),
                name: text('Name of the Secret.'),
              },
            ),
          },
        ),
      },
    ),
  },
);

export const registryStatusSchema = object('State of the cache.', {}, { conditions: conditionsSchema });

export type ResourceRegistrySpec = ValueOf<typeof registrySpecSchema>;
export type ResourceRegistryStatus = ValueOf<typeof registryStatusSchema>;
export type ResourceRegistry = ObjectWithStatus<'ResourceRegistry', ResourceRegistrySpec, ResourceRegistryStatus>;
