import { stringify } from 'yaml';

/** `-o json`, `-o yaml`. */
export type StructuredFormat = 'json' | 'yaml';

export function structured(value: unknown, format: StructuredFormat): string {
  return format === 'json' ? `${JSON.stringify(value, undefined, 2)}\n` : stringify(value, { lineWidth: 0 });
}
