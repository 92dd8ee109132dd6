import type { KubeObject } from '@flotilla/kinds/kube-object';
import { fieldsAt, fieldsOf, listAt, numberAt, textAt } from '../object-field.ts';
import type { DependentObjectReference, KindOperations } from '../operations.ts';
import { dependenciesOf, replicasOf, withReplicas } from '../pod-template.ts';
import { isGenerationObserved, reflectCounters, sumCounters } from '../workload-status.ts';
import type { StatusCounters } from '../workload-status.ts';

const counters: StatusCounters = {
  always: ['replicas', 'availableReplicas'],
  nonZero: ['readyReplicas', 'currentReplicas', 'updatedReplicas'],
  reportsObservedGeneration: false,
};

export const statefulSet: KindOperations = {
  getReplicas: (template) => replicasOf(template, 'replicas'),
  reviseReplica: (template, replicas) => withReplicas(template, 'replicas', replicas),
  reflectStatus: (observed) => reflectCounters(observed, counters),
  aggregateStatus: (template, items) => sumCounters(template, items, counters),
  isHealthy(observed) {
    const status = fieldsOf(observed['status']);
    const updated = numberAt(status, 'updatedReplicas');
    return (
      isGenerationObserved(observed) &&
      updated >= numberAt(fieldsOf(observed['spec']), 'replicas') &&
      numberAt(status, 'availableReplicas') >= updated
    );
  },
  getDependencies: (template) => {
    const own = ownClaims(template);
    return dependenciesOf(template).filter((reference) => !isOwnClaim(reference, own));
  },
};

/** Claims that the StatefulSet's controller makes itself must not be propagated beside it. */
function ownClaims(template: KubeObject): ReadonlySet<string | undefined> {
  const templates = listAt(fieldsOf(template['spec']), 'volumeClaimTemplates');
  return new Set(templates.map((claim) => textAt(fieldsAt(fieldsOf(claim), 'metadata'), 'name')));
}

function isOwnClaim(reference: DependentObjectReference, own: ReadonlySet<string | undefined>): boolean {
  return reference.kind === 'PersistentVolumeClaim' && own.has(reference.name);
}
