import { invalidValue, requiredValue } from '../../field-error.ts';
import { age, tableOf } from '../table/columns.ts';
import { timestamp } from '../timestamp.ts';
import { defineKind } from '../define-kind.ts';
import type { Errors } from '../errors.ts';
import type { FieldError, KindDefinition, MutableKubeObject, WriteContext } from '../../kind-definition.ts';
import type { KubeObject } from '../../kube-object.ts';
import type { KindSchemas } from '../kind-schemas.ts';

interface ApiServiceSpec {
  group?: string;
  version?: string;
  service?: { namespace?: string; name?: string; port?: number } | null;
  groupPriorityMinimum?: number;
  versionPriority?: number;
}

export function apiRegistrationKinds(schemas: KindSchemas): readonly KindDefinition[] {
  return [
    defineKind(schemas, {
      group: 'apiregistration.k8s.io',
      version: 'v1',
      kind: 'APIService',
      plural: 'apiservices',
      component: 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService',
      isNamespaced: false,
      categories: ['api-extensions'],
      nameRule: 'path-segment',
      allowsUnconditionalUpdate: false,
      subresources: { status: true },
      applyDefaults: setApiServiceDefaults,
      prepareForCreate: setLocalAvailability,
      validate: validateApiService,
      table: apiServiceTable,
    }),
  ];
}

function setApiServiceDefaults(draft: MutableKubeObject): void {
  const service = (draft['spec'] as ApiServiceSpec | undefined)?.service;
  if (service !== undefined && service !== null) service.port ??= 443;
}

/** A group that this server serves itself needs nobody else to be up. */
function setLocalAvailability(draft: MutableKubeObject, { nowMs }: WriteContext): void {
  const { service } = (draft['spec'] ?? {}) as ApiServiceSpec;
  if (service !== undefined && service !== null) return;
  const condition = {
    type: 'Available',
    status: 'True',
    reason: 'Local',
    message: 'Local APIServices are always available',
    lastTransitionTime: timestamp(nowMs),
  };
  draft['status'] = { conditions: [condition] };
}

function validateApiService(object: KubeObject): readonly FieldError[] {
  const spec = (object['spec'] ?? {}) as ApiServiceSpec;
  const errors: Errors = [];
  const expected = `${spec.version ?? ''}.${spec.group ?? ''}`;
  if (object.metadata.name !== expected) {
    errors.push(
      invalidValue('metadata.name', object.metadata.name, `must be \`spec.version+"."+spec.group\`: "${expected}"`),
    );
  }
  if ((spec.version ?? '') === '') errors.push(requiredValue('spec.version'));
  const groupPriority = spec.groupPriorityMinimum ?? 0;
  if (groupPriority <= 0 || groupPriority > 20_000) {
    errors.push(invalidValue('spec.groupPriorityMinimum', groupPriority, 'must be positive and less than 20000'));
  }
  const priority = spec.versionPriority ?? 0;
  if (priority <= 0 || priority > 1000) {
    errors.push(invalidValue('spec.versionPriority', priority, 'must be positive and less than 1000'));
  }
  return errors;
}

const apiServiceTable = tableOf(['Service', 'Available', 'Age'], (object, nowMs) => {
  const { service } = (object['spec'] ?? {}) as ApiServiceSpec;
  const status = (object['status'] ?? {}) as {
    conditions?: readonly { type: string; status: string; reason?: string }[];
  };
  const available = status.conditions?.find((condition) => condition.type === 'Available');
  const state = available?.status ?? 'Unknown';
  return [
    service === undefined || service === null ? 'Local' : `${service.namespace ?? ''}/${service.name ?? ''}`,
    state === 'True' || available?.reason === undefined ? state : `${state} (${available.reason})`,
    age(object, nowMs),
  ];
});
