/** Schemas and types of `networking.karmada.io/v1alpha1`. */
import { int32, list, object, oneOf, text, type ValueOf } from '../schema-builder.ts';
import { conditionsSchema } from './core-schema.ts';
import { ingressSpecSchema, loadBalancerStatusSchema } from './ingress-schema.ts';
import type { ObjectWithStatus } from './karmada-object.ts';

const clusterSelectors = (description: string) =>
  list(object('A cluster.', { name: text('Name of the cluster.') }), description);

export const multiClusterServiceSpecSchema = object(
  'A Service that is reachable across clusters.',
  {
    types: list(
      oneOf(['CrossCluster', 'LoadBalancer'], 'CrossCluster: from other clusters. LoadBalancer: from outside.'),
      'How the Service is exposed: exactly one. Immutable.',
    ),
  },
  {
    ports: list(
      object('A port.', { port: int32('Port of the Service.') }, { name: text('Name of the port.') }),
      'Ports that are exposed; empty means all.',
    ),
    providerClusters: clusterSelectors('Clusters whose pods serve; empty means all.'),
    consumerClusters: clusterSelectors('Clusters that may use the Service; empty means all.'),
    range: object('Former field.', {}, { clusterNames: list(text('Cluster name.'), 'Clusters.') }),
    serviceProvisionClusters: list(text('Cluster name.'), 'Former name of providerClusters.'),
    serviceConsumptionClusters: list(text('Cluster name.'), 'Former name of consumerClusters.'),
  },
);

export const serviceStatusSchema = object(
  'State of the Service.',
  {},
  { loadBalancer: loadBalancerStatusSchema, conditions: conditionsSchema },
);

export const multiClusterIngressStatusSchema = object(
  'State of the Ingress.',
  {},
  {
    loadBalancer: loadBalancerStatusSchema,
    trafficBlockClusters: list(text('Cluster name.'), 'Clusters that get no traffic at present.'),
    serviceLocations: list(
      object(
        'Where one Service is.',
        { name: text('Name of the Service.') },
        {
          clusters: list(text('Cluster name.'), 'Clusters that have it.'),
        },
      ),
      'Clusters of each Service that the rules name.',
    ),
  },
);

export const multiClusterIngressSpecSchema = ingressSpecSchema;

export type MultiClusterServiceSpec = ValueOf<typeof multiClusterServiceSpecSchema>;
export type MultiClusterServiceStatus = ValueOf<typeof serviceStatusSchema>;
export type MultiClusterService = ObjectWithStatus<
  'MultiClusterService',
  MultiClusterServiceSpec,
  MultiClusterServiceStatus
>;
export type MultiClusterIngressSpec = ValueOf<typeof ingressSpecSchema>;
export type MultiClusterIngressStatus = ValueOf<typeof multiClusterIngressStatusSchema>;
export type MultiClusterIngress = ObjectWithStatus<
  'MultiClusterIngress',
  MultiClusterIngressSpec,
  MultiClusterIngressStatus
>;
