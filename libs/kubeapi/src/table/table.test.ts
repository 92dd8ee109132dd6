import { describe, expect, it } from 'vitest';
import { customTable } from '@flotilla/kinds/crd/printer-columns';
import type { KubeObject } from '@flotilla/kinds/kube-object';

import { parseIncludeObject, tableOf } from './table.ts';

const nowMs = Date.parse('2026-01-01T01:00:00Z');
const widget: KubeObject = {
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name: 'w', namespace: 'n', resourceVersion: '7', creationTimestamp: '2026-01-01T00:55:00Z' },
};

describe('tableOf', () => {
  const definition = customTable([]);

  it('shows name and age of a custom kind without columns', () => {
    expect(
      tableOf(definition, [widget], { includeObject: 'Metadata', nowMs, listMeta: { resourceVersion: '9' } }),
    ).toEqual({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { resourceVersion: '9' },
      columnDefinitions: [
        expect.objectContaining({ name: 'Name', type: 'string', format: 'name', priority: 0 }),
        {
          name: 'Age',
          type: 'date',
          format: '',
          description: expect.stringContaining('creationTimestamp'),
          priority: 0,
        },
      ],
      rows: [
        {
          cells: ['w', '5m'],
          object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: widget.metadata },
        },
      ],
    });
  });

  it('leaves out headers and objects on demand, and takes the revision of a single object', () => {
    const table = tableOf(definition, [widget], { includeObject: 'None', nowMs, withHeaders: false });
    expect(table).toMatchObject({ columnDefinitions: null, metadata: { resourceVersion: '7' } });
    expect(table.rows).toEqual([{ cells: ['w', '5m'], object: null }]);
  });

  it('includes whole objects on demand', () => {
    expect(tableOf(definition, [widget], { includeObject: 'Object', nowMs }).rows[0]?.object).toBe(widget);
  });

  it('marks pods that have ended', () => {
    const pod: KubeObject = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, status: { phase: 'Succeeded' } };
    const [row] = tableOf(definition, [pod], { includeObject: 'None', nowMs }).rows;
    expect(row?.conditions).toMatchObject([{ type: 'Completed', status: 'True', reason: 'Succeeded' }]);
  });
});

describe('parseIncludeObject', () => {
  it.each([
    [undefined, 'Metadata'],
    ['', 'Metadata'],
    ['None', 'None'],
    ['Object', 'Object'],
    ['Bogus', undefined],
  ])('reads %s as %s', (value, expected) => {
    expect(parseIncludeObject(value)).toBe(expected);
  });
});
