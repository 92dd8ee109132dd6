import { newerEventFields } from '../core/core-fields.ts';
import { eventTable } from '../core/core-tables.ts';
import { defineKind } from '../define-kind.ts';
import { fromCoreEvent, toCoreEvent } from './event-conversion.ts';
import type { KindDefinition, MutableKubeObject } from '../../kind-definition.ts';
import type { KindSchemas } from '../kind-schemas.ts';

/** The newer shape of Events: the same objects as those of the core group, which are what is stored. */
export function eventKinds(schemas: KindSchemas, coreEvent: KindDefinition): readonly KindDefinition[] {
  return [
    defineKind(schemas, {
      group: 'events.k8s.io',
      version: 'v1',
      kind: 'Event',
      plural: 'events',
      shortNames: ['ev'],
      allowsCreateOnUpdate: true,
      applyDefaults: setEventDefaults,
      selectableFields: newerEventFields,
      table: eventTable,
      conversion: { stored: coreEvent, toStored: toCoreEvent, fromStored: fromCoreEvent },
    }),
  ];
}

function setEventDefaults(draft: MutableKubeObject): void {
  draft['eventTime'] ??= null;
  draft['deprecatedFirstTimestamp'] ??= null;
  draft['deprecatedLastTimestamp'] ??= null;
}
