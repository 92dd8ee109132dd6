import { jobFields } from '../core/core-fields.ts';
import { defineKind } from '../define-kind.ts';
import { prepareJobForCreate, setCronJobDefaults, setJobDefaults } from './batch-defaults.ts';
import { cronJobTable, jobTable } from './batch-tables.ts';
import { validateCronJob, validateJob } from './batch-validation.ts';
import type { KindDefinition } from '../../kind-definition.ts';
import type { KindSchemas } from '../kind-schemas.ts';

const batch = { group: 'batch', version: 'v1', categories: ['all'], hasGeneration: true };

export function batchKinds(schemas: KindSchemas): readonly KindDefinition[] {
  return [
    defineKind(schemas, {
      ...batch,
      kind: 'CronJob',
      plural: 'cronjobs',
      shortNames: ['cj'],
      subresources: { status: true },
      applyDefaults: setCronJobDefaults,
      validate: validateCronJob,
      table: cronJobTable,
    }),
    defineKind(schemas, {
      ...batch,
      kind: 'Job',
      plural: 'jobs',
      subresources: { status: true },
      applyDefaults: setJobDefaults,
      prepareForCreate: prepareJobForCreate,
      validate: validateJob,
      selectableFields: jobFields,
      table: jobTable,
    }),
  ];
}
