/** Schema and types of `cluster.karmada.io/v1alpha1` Cluster: a member cluster as the control plane knows it. */
import {
  described,
  flag,
  int32,
  list,
  map,
  object,
  oneOf,
  quantity,
  resourceList,
  text,
  type ValueOf,
} from '../schema-builder.ts';
import { conditionsSchema, taintSchema } from './core-schema.ts';
import type { ObjectWithStatus } from './karmada-object.ts';

export type { Taint, TaintEffect, Toleration } from './core-schema.ts';

const secretReference = object(
  'A Secret of this control plane.',
  {},
  {
    namespace: text('Namespace of the Secret.'),
    name: text('Name of the Secret.'),
  },
);

export const resourceModelSchema = object('A class of nodes by their free resources.', {
  grade: int32('Number of the class; classes grow with it.', { minimum: 0 }),
  ranges: list(
    object('Range of one resource: from min, up to but without max.', {
      name: text('Resource, e.g. cpu.'),
      min: quantity('Smallest amount within the class.'),
      max: quantity('First amount beyond the class.'),
    }),
    'One range per resource, in the same order in every class.',
  ),
});
export type ResourceModel = ValueOf<typeof resourceModelSchema>;
export type ResourceModelRange = ResourceModel['ranges'][number];

export const clusterSpecSchema = object(
  'How the cluster is reached and what it is.',
  {
    syncMode: oneOf(
      ['Push', 'Pull'],
      'Push: the control plane writes to the cluster. Pull: an agent in the cluster fetches.',
    ),
  },
  {
    id: text('Identity of the cluster: its cluster property, or the UID of its namespace kube-system.'),
    apiEndpoint: text('URL of the cluster’s API server.'),
    secretRef: described(secretReference, 'Secret with the credentials: keys token and caBundle.'),
    impersonatorSecretRef: described(secretReference, 'Secret with a token that may impersonate users.'),
    insecureSkipTLSVerification: flag('True: the server’s certificate is not checked. Unsafe.'),
    proxyURL: text('Proxy to reach the cluster through: http, https or socks5.'),
    proxyHeader: map(text('Header value.'), 'HTTP headers for the proxy.'),
    provider: text('Cloud provider.'),
    region: text('Region.'),
    zone: text('Former field for a single zone; moved to zones.'),
    zones: list(text('Zone.'), 'Zones that the cluster’s nodes are in.'),
    taints: list(taintSchema, 'Taints that keep workloads away.'),
    resourceModels: list(resourceModelSchema, 'Classes of nodes for estimating how many replicas fit.'),
  },
);
export type ClusterSpec = ValueOf<typeof clusterSpecSchema>;
export type SyncMode = ClusterSpec['syncMode'];

const resourceSummarySchema = object(
  'What the cluster’s nodes offer and what is used.',
  {},
  {
    allocatable: resourceList('What all ready nodes offer to pods.'),
    allocating: resourceList('Requests of pods that have no node yet.'),
    allocated: resourceList('Requests of pods on nodes.'),
    allocatableModelings: list(
      object('Number of nodes of a class.', {
        grade: int32('Class, as in spec.resourceModels.'),
        count: int32('Nodes of the class.'),
      }),
      'Nodes per class, by their free resources.',
    ),
  },
);
export type ResourceSummary = ValueOf<typeof resourceSummarySchema>;

const apiEnablementSchema = object(
  'Resources of one API group version.',
  { groupVersion: text('API group and version.') },
  {
    resources: list(
      object('A served resource.', { name: text('Plural name.'), kind: text('Kind.') }),
      'Resources that are served.',
    ),
  },
);
export type APIEnablement = ValueOf<typeof apiEnablementSchema>;

export const clusterStatusSchema = object(
  'What was last observed.',
  {},
  {
    kubernetesVersion: text('Version of the cluster’s API server.'),
    apiEnablements: list(apiEnablementSchema, 'APIs that the cluster serves.'),
    conditions: conditionsSchema,
    nodeSummary: object(
      'Number of nodes.',
      {},
      {
        totalNum: int32('All nodes.'),
        readyNum: int32('Ready nodes.'),
      },
    ),
    resourceSummary: resourceSummarySchema,
    remedyActions: list(text('Action.'), 'Actions that Remedy objects ask for.'),
  },
);
export type ClusterStatus = ValueOf<typeof clusterStatusSchema>;

export type Cluster = ObjectWithStatus<'Cluster', ClusterSpec, ClusterStatus>;
