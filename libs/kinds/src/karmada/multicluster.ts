/** Schemas and types of `multicluster.x-k8s.io/v1alpha1` (the Multi-Cluster Services API). */
import { int32, list, object, oneOf, text, type ValueOf } from '../schema-builder.ts';
import { conditionsSchema } from './core-schema.ts';
import type { KubeObject } from '../kube-object.ts';
import type { ObjectWithStatus } from './karmada-object.ts';

export const serviceExportStatusSchema = object('State of the export.', {}, { conditions: conditionsSchema });

export const serviceImportSpecSchema = object(
  'A Service of other clusters.',
  {
    type: oneOf(['ClusterSetIP', 'Headless'], 'ClusterSetIP: one address. Headless: the addresses of the pods.'),
    ports: list(
      object(
        'A port.',
        { port: int32('Port of the Service.') },
        {
          name: text('Name of the port.'),
          protocol: text('Protocol: TCP, UDP or SCTP.', { default: 'TCP' }),
          appProtocol: text('Protocol of the application.'),
        },
      ),
      'Ports of the Service.',
      { 'x-kubernetes-list-type': 'atomic' },
    ),
  },
  {
    ips: list(text('IP address.'), 'Addresses of the imported Service.', { maxItems: 1 }),
    sessionAffinity: text('None or ClientIP.'),
    sessionAffinityConfig: object(
      'Settings of session affinity.',
      {},
      {
        clientIP: object(
          'By client address.',
          {},
          {
            timeoutSeconds: int32('How long a client stays with a pod, in seconds.'),
          },
        ),
      },
    ),
  },
);

export const serviceImportStatusSchema = object(
  'State of the import.',
  {},
  {
    clusters: list(
      object('A cluster.', { cluster: text('Name of the cluster.') }),
      'Clusters that export the Service.',
    ),
  },
);

export interface ServiceExport extends KubeObject {
  readonly kind: 'ServiceExport';
  readonly status?: ValueOf<typeof serviceExportStatusSchema>;
}
export type ServiceImportSpec = ValueOf<typeof serviceImportSpecSchema>;
export type ServiceImport = ObjectWithStatus<
  'ServiceImport',
  ServiceImportSpec,
  ValueOf<typeof serviceImportStatusSchema>
>;
