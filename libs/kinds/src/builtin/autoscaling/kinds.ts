import { defineKind } from '../define-kind.ts';
import { setAutoscalerDefaults } from './hpa-defaults.ts';
import { autoscalerTable } from './hpa-table.ts';
import { validateAutoscaler } from './hpa-validation.ts';
import type { KindDefinition } from '../../kind-definition.ts';
import type { KindSchemas } from '../kind-schemas.ts';

/**
 * Version 2 only: version 1 is another shape of the same stored object, and every client of the last five years speaks version 2.
 */
export function autoscalingKinds(schemas: KindSchemas): readonly KindDefinition[] {
  return [
    defineKind(schemas, {
      group: 'autoscaling',
      version: 'v2',
      kind: 'HorizontalPodAutoscaler',
      plural: 'horizontalpodautoscalers',
      shortNames: ['hpa'],
      categories: ['all'],
      subresources: { status: true },
      applyDefaults: setAutoscalerDefaults,
      validate: validateAutoscaler,
      table: autoscalerTable,
    }),
  ];
}
