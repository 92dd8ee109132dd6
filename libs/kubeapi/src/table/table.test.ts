import { describe, expect, it } from 'vitest';
import type { KubeObject } from '@flotilla/kinds/kube-object';

import { customColumns, type CustomColumn } from './crd-columns.ts';
import { compileJsonPath } from './json-path.ts';
import { parseIncludeObject, tableOf } from './table.ts';

const nowMs = Date.parse('2026-01-01T01:00:00Z');
const widget: KubeObject = {
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name: 'w', namespace: 'n', resourceVersion: '7', creationTimestamp: '2026-01-01T00:55:00Z' },
  spec: { text: 'hi', count: 3, ratio: 1.5, on: true, map: { b: 1, a: [2] } },
  status: {
    conditions: [
      { type: 'Synced', status: 'False' },
      { type: 'Ready', status: 'True' },
    ],
  },
};

const column = (type: CustomColumn['type'], jsonPath: string): CustomColumn => ({ name: 'C', type, jsonPath });

describe('tableOf', () => {
  const definition = customColumns(undefined);

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

describe('customColumns', () => {
  it.each<[CustomColumn['type'], string, unknown]>([
    ['string', '.spec.text', 'hi'],
    ['string', '.spec.count', '3'],
    ['string', '.spec.map', '{"a":[2],"b":1}'],
    ['integer', '.spec.count', 3],
    ['integer', '.spec.text', null],
    ['number', '.spec.ratio', 1.5],
    ['boolean', '.spec.on', true],
    ['date', '.metadata.creationTimestamp', '5m'],
    ['date', '.spec.text', '<invalid>'],
    ['string', '.status.conditions[?(@.type=="Ready")].status', 'True'],
    ['string', '.spec.nope', null],
    ['string', '.spec.constructor', null],
    ['string', '.spec[unsupported', null],
  ])('prints a %s of %s as %j', (type, jsonPath, cell) => {
    expect(customColumns([column(type, jsonPath)]).printRow(widget, nowMs)).toEqual(['w', cell]);
  });
});

describe('compileJsonPath', () => {
  const value = {
    a: [
      { n: 1, t: 'x' },
      { n: 2, t: 'y' },
    ],
    'b.c': { d: 5 },
  };

  it.each<[string, readonly unknown[]]>([
    ['.a[0].n', [1]],
    ['{.a[-1].t}', ['y']],
    ['$.a[*].n', [1, 2]],
    ["['b.c'].d", [5]],
    ['.a[?(@.n>1)].t', ['y']],
    ['.a[?(@.t!="x")].n', [2]],
    ['.a[7]', []],
  ])('%s finds %j', (path, found) => {
    expect(compileJsonPath(path)?.(value)).toEqual(found);
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
