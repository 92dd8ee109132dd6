import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { customTable } from './printer-columns.ts';
import type { CustomColumn } from './printer-columns.ts';
import type { KubeObject } from '../kube-object.ts';

interface RecordedCell extends Omit<CustomColumn, 'name'> {
  /** When the row was printed. */
  readonly at: string;
  readonly cell: unknown;
}

function readTestdata(name: string): string {
  return readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8');
}

const records: readonly RecordedCell[] = JSON.parse(readTestdata('printer-columns.golden.json'));
const recorded = parse(readTestdata('printer-columns.yaml')) as { readonly object: Partial<KubeObject> };
const metadata = { ...recorded.object.metadata, name: 'recorded' };
const object: KubeObject = { ...recorded.object, apiVersion: 'recorded.example.com/v1', kind: 'Kcolumns', metadata };

describe('customTable against a real kube-apiserver', () => {
  it.each(records.map((record) => [record.type, record.jsonPath, record] as const))(
    'prints the same cell for a %s of %s',
    (type, jsonPath, { at, cell }) => {
      const { printRow } = customTable([{ name: 'C', type, jsonPath }]);
      expect(printRow(object, Date.parse(at))).toEqual(['recorded', cell]);
    },
  );
});

describe('customTable', () => {
  const born: KubeObject = { ...object, metadata: { name: 'w', creationTimestamp: '2026-01-01T00:55:00Z' } };
  const nowMs = Date.parse('2026-01-01T01:00:00Z');

  it('shows name and age of a kind that declares no columns', () => {
    const { columns, printRow } = customTable([]);
    expect(columns).toEqual([
      { name: 'Name', type: 'string', format: 'name', priority: 0 },
      expect.objectContaining({ name: 'Age', type: 'date', description: expect.stringContaining('creationTimestamp') }),
    ]);
    expect(printRow(born, nowMs)).toEqual(['w', '5m']);
  });

  it.each<[string, string]>([
    ['a path that cannot be read', '.spec[unsupported'],
    ['a member that every JavaScript object inherits', '.spec.toString'],
  ])('leaves the cell of %s empty', (_, jsonPath) => {
    expect(customTable([{ name: 'C', type: 'string', jsonPath }]).printRow(object, nowMs)).toEqual(['recorded', null]);
  });

  it('keeps what a column says about itself', () => {
    const column = {
      name: 'C',
      type: 'integer',
      jsonPath: '.a',
      format: 'int32',
      description: 'How many.',
      priority: 1,
    };
    const [, described] = customTable([column as CustomColumn]).columns;
    expect(described).toEqual({ name: 'C', type: 'integer', format: 'int32', description: 'How many.', priority: 1 });
  });
});
