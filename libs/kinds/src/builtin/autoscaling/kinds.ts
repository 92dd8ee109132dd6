import { defineKind } from '../define-kind.ts';
import { setAutoscalerDefaults, setVersion1Defaults } from './hpa-defaults.ts';
import { autoscalerTable } from './hpa-table.ts';
import { toVersion1, toVersion2 } from './hpa-v1-conversion.ts';
import { validateAutoscaler } from './hpa-validation.ts';
import type { KindDefinition } from '../../kind-definition.ts';
import type { KindSchemas } from '../kind-schemas.ts';

/** Version 2 is what is stored and judged; version 1 is another shape of the same objects. */
export function autoscalingKinds(schemas: KindSchemas): readonly KindDefinition[] {
  const names = {
    group: 'autoscaling',
    kind: 'HorizontalPodAutoscaler',
    plural: 'horizontalpodautoscalers',
    shortNames: ['hpa'],
    categories: ['all'],
    subresources: { status: true },
  };
  const version2 = defineKind(schemas, {
    ...names,
    version: 'v2',
    applyDefaults: setAutoscalerDefaults,
    validate: validateAutoscaler,
    table: autoscalerTable,
  });
  const version1 = defineKind(schemas, {
    ...names,
    version: 'v1',
    applyDefaults: setVersion1Defaults,
    validate: (object) => validateAutoscaler(toVersion2(object)),
    table: {
      columns: autoscalerTable.columns,
      printRow: (object, nowMs) => autoscalerTable.printRow(toVersion2(object), nowMs),
    },
    conversion: { stored: version2, toStored: toVersion2, fromStored: toVersion1 },
  });
  return [version2, version1];
}
