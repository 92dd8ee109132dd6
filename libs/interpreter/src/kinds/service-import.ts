import type { DependentObjectReference, KindOperations } from '../operations.ts';

/** An imported Service is made of a Service of this prefix and the slices that belong to it. */
const derivedServicePrefix = 'derived-';

export const serviceImport: KindOperations = {
  getDependencies(template): readonly DependentObjectReference[] {
    const name = `${derivedServicePrefix}${template.metadata.name ?? ''}`;
    const { namespace } = template.metadata;
    const place = namespace === undefined ? {} : { namespace };
    return [
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        ...place,
        labelSelector: { matchLabels: { 'kubernetes.io/service-name': name } },
      },
      { apiVersion: 'v1', kind: 'Service', ...place, name },
    ];
  },
};
