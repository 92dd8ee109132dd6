import type { KubeObject } from '../kube-object.ts';
import type { Column } from './define-kind.ts';
import { recordAt, recordsAt, type JsonRecord } from './json-view.ts';

/** A column with the status of one condition; empty while the object has no such condition. */
export function conditionColumn(name: string, conditionType: string): Column {
  return {
    name,
    type: 'string',
    description: `Status of the condition ${conditionType}.`,
    value: (object) => textAt(conditionOf(object, conditionType), 'status'),
  };
}

/** A column with a scalar field, by the path of its keys. */
export function fieldColumn(
  name: string,
  type: 'string' | 'integer',
  path: readonly string[],
  description: string,
): Column {
  return { name, type, description, value: (object) => scalarAt(object, path) };
}

export function textAt(record: JsonRecord | undefined, key: string): string {
  const value = record?.[key];
  return typeof value === 'string' ? value : '';
}

function conditionOf(object: KubeObject, type: string): JsonRecord | undefined {
  return recordsAt(recordAt(object, 'status'), 'conditions').find((condition) => condition['type'] === type);
}

function scalarAt(object: KubeObject, path: readonly string[]): string | number | null {
  let parent: unknown = object;
  for (const key of path.slice(0, -1)) parent = recordAt(parent, key);
  const value = recordAt({ parent }, 'parent')?.[path.at(-1) ?? ''];
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}
