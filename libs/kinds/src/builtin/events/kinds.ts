import { eventTable } from '../core/core-tables.ts';
import { defineKind } from '../define-kind.ts';
import type { KindDefinition, MutableKubeObject } from '../../kind-definition.ts';
import type { KindSchemas } from '../kind-schemas.ts';

/** The newer shape of Events. Stored under its own name: what is written through one group is not seen through the other. */
export function eventKinds(schemas: KindSchemas): readonly KindDefinition[] {
  return [
    defineKind(schemas, {
      group: 'events.k8s.io',
      version: 'v1',
      kind: 'Event',
      plural: 'events',
      shortNames: ['ev'],
      allowsCreateOnUpdate: true,
      applyDefaults: setEventDefaults,
      table: eventTable,
    }),
  ];
}

function setEventDefaults(draft: MutableKubeObject): void {
  draft['eventTime'] ??= null;
  draft['deprecatedFirstTimestamp'] ??= null;
  draft['deprecatedLastTimestamp'] ??= null;
}
