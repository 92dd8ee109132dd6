/** `cluster.karmada.io`: Cluster. */
import type { KubeObject } from '../kube-object.ts';
import { clusterSpecSchema, clusterStatusSchema } from './cluster.ts';
import { applyClusterDefaults, stampTaints } from './cluster-defaults.ts';
import { validateCluster } from './cluster-validation.ts';
import { conditionColumn, fieldColumn } from './condition-column.ts';
import type { Column, KarmadaKind } from './define-kind.ts';
import { recordAt } from './json-view.ts';
import { clusterReadyCondition, groups } from './well-known.ts';

const zonesColumn: Column = {
  name: 'Zones',
  type: 'string',
  description: 'Zones of the cluster.',
  priority: 1,
  value: (object: KubeObject) => {
    const zones = recordAt(object, 'spec')?.['zones'];
    return Array.isArray(zones) ? zones.join(',') : '';
  },
};

export const clusterKind: KarmadaKind = {
  group: groups.cluster,
  kind: 'Cluster',
  plural: 'clusters',
  description: 'A member cluster: how it is reached, what it is and what was last observed.',
  isNamespaced: false,
  hasStatus: true,
  allowsUnconditionalUpdate: true,
  nameRule: 'dns-label',
  fields: { spec: clusterSpecSchema, status: clusterStatusSchema },
  required: ['spec'],
  columns: [
    fieldColumn('Version', 'string', ['status', 'kubernetesVersion'], 'Version of the cluster’s API server.'),
    fieldColumn('Mode', 'string', ['spec', 'syncMode'], 'Push or Pull.'),
    conditionColumn('Ready', clusterReadyCondition),
    { ...fieldColumn('APIEndpoint', 'string', ['spec', 'apiEndpoint'], 'URL of the API server.'), priority: 1 },
    { ...fieldColumn('Provider', 'string', ['spec', 'provider'], 'Cloud provider.'), priority: 1 },
    { ...fieldColumn('Region', 'string', ['spec', 'region'], 'Region.'), priority: 1 },
    zonesColumn,
  ],
  applyDefaults: applyClusterDefaults,
  prepareForCreate: (draft, { nowMs }) => stampTaints(draft, nowMs),
  prepareForUpdate: (draft, _old, { nowMs }) => stampTaints(draft, nowMs),
  validate: validateCluster,
};
