import type { KubeObject } from '@flotilla/kinds/kube-object';
import { fieldsOf, isFields, listAt, textAt, withField } from '../object-field.ts';
import type { Fields } from '../object-field.ts';
import type { KindOperations, StatusItem } from '../operations.ts';
import { podDependencies } from '../pod-dependencies.ts';
import { podRequirements } from '../pod-requirements.ts';

/** The first that any member reports is the phase of all. */
const phasePrecedence = ['Failed', 'Pending', 'Running', 'Succeeded'] as const;

export const pod: KindOperations = {
  getReplicas(template) {
    const requirements = podRequirements(fieldsOf(template['spec']));
    return requirements === undefined ? { replicas: 1 } : { replicas: 1, requirements };
  },
  retain: retainPod,
  aggregateStatus(_template, items) {
    const phase = phaseOf(items);
    return {
      ...(phase === undefined ? {} : { phase }),
      ...containerStatusesOf(items, 'containerStatuses'),
      ...containerStatusesOf(items, 'initContainerStatuses'),
    };
  },
  isHealthy(observed) {
    const status = fieldsOf(observed['status']);
    if (status['phase'] === 'Succeeded') return true;
    return status['phase'] === 'Running' && listAt(status, 'conditions').some(isReady);
  },
  getDependencies: (template) => podDependencies(fieldsOf(template['spec']), template.metadata.namespace),
};

function isReady(condition: unknown): boolean {
  const { type, status } = fieldsOf(condition);
  return type === 'Ready' && status === 'True';
}

/** A member that has not reported counts as Pending. */
function phaseOf(items: readonly StatusItem[]): string | undefined {
  const phases = new Set(items.map(({ status }) => (status ? textAt(status, 'phase') : 'Pending')));
  return phasePrecedence.find((phase) => phases.has(phase));
}

/** Whose container it was, its image and restarts differ from member to member: only readiness and state make sense together. */
function containerStatusesOf(items: readonly StatusItem[], field: string): Fields {
  const statuses = items
    .flatMap(({ status }) => listAt(fieldsOf(status), field))
    .map((entry) => {
      const { ready, state } = fieldsOf(entry);
      return { name: '', image: '', imageID: '', restartCount: 0, lastState: {}, ready: ready === true, state };
    });
  return statuses.length > 0 ? { [field]: statuses } : {};
}

/** The member's scheduler and admission choose node, account and token volumes; a pod's spec cannot be changed afterwards. */
function retainPod(desired: KubeObject, observed: KubeObject): KubeObject {
  const spec = fieldsOf(observed['spec']);
  let retained = desired;
  for (const field of ['nodeName', 'serviceAccountName', 'volumes']) {
    if (spec[field] !== undefined) retained = withField(retained, ['spec', field], spec[field]);
  }
  for (const field of ['containers', 'initContainers']) {
    const containers = listAt(fieldsOf(desired['spec']), field);
    const kept = retainMounts(containers, listAt(spec, field));
    if (kept !== containers) retained = withField(retained, ['spec', field], kept);
  }
  return retained;
}

function retainMounts(desired: readonly unknown[], observed: readonly unknown[]): readonly unknown[] {
  const mounts = new Map(observed.filter(isFields).map((container) => [container['name'], container['volumeMounts']]));
  const hasMounts = [...mounts.values()].some((value) => value !== undefined);
  if (!hasMounts) return desired;
  return desired.map((container) => {
    if (!isFields(container)) return container;
    const observedMounts = mounts.get(container['name']);
    return observedMounts === undefined ? container : { ...container, volumeMounts: observedMounts };
  });
}
