/** What policies get when they leave it open. Runs after the defaults of the schema; idempotent. */
import type { MutableKubeObject } from '../kind-definition.ts';
import { isBlank, recordAt, recordsAt, type JsonRecord } from './json-view.ts';

const gracePeriodSecondsDefault = 600;

export function applyPropagationDefaults(draft: MutableKubeObject): void {
  const spec = recordAt(draft, 'spec');
  if (spec === undefined) return;
  if (spec['association'] === true || selectsServiceImport(spec)) spec['propagateDeps'] = true;
  const placement = recordAt(spec, 'placement');
  for (const constraint of recordsAt(placement, 'spreadConstraints')) applySpreadDefaults(constraint);
  const scheduling = recordAt(placement, 'replicaScheduling');
  if (scheduling?.['replicaSchedulingType'] === 'Divided' && isBlank(scheduling['replicaDivisionPreference'])) {
    scheduling['replicaDivisionPreference'] = 'Weighted';
  }
  const application = recordAt(recordAt(spec, 'failover'), 'application');
  if (application?.['purgeMode'] === 'Gracefully' && isBlank(application['gracePeriodSeconds'])) {
    application['gracePeriodSeconds'] = gracePeriodSecondsDefault;
  }
}

/** Also for override policies: a selector of a namespaced policy means the policy's own namespace. */
export function applySelectorNamespace(draft: MutableKubeObject): void {
  const namespace = draft.metadata['namespace'];
  if (typeof namespace !== 'string' || namespace === '') return;
  for (const selector of recordsAt(draft['spec'], 'resourceSelectors')) {
    if (isBlank(selector['namespace'])) selector['namespace'] = namespace;
  }
}

/** maxGroups stays as it is: unset means no limit. */
function applySpreadDefaults(constraint: JsonRecord): void {
  if (isBlank(constraint['spreadByField']) && isBlank(constraint['spreadByLabel'])) {
    constraint['spreadByField'] = 'cluster';
  }
  if (isBlank(constraint['minGroups']) || constraint['minGroups'] === 0) constraint['minGroups'] = 1;
}

/** An imported Service is useless without the EndpointSlices that belong to it. */
function selectsServiceImport(spec: JsonRecord): boolean {
  return recordsAt(spec, 'resourceSelectors').some(
    (selector) => selector['kind'] === 'ServiceImport' && selector['apiVersion'] === 'multicluster.x-k8s.io/v1alpha1',
  );
}
