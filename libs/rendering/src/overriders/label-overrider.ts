import { isFields, withField } from '@flotilla/interpreter/object-field';
import type { Fields } from '@flotilla/interpreter/object-field';
import type { LabelAnnotationOverrider } from '@flotilla/kinds/karmada/policy';
import type { KubeObject } from '@flotilla/kinds/kube-object';

/** `add` sets keys, `replace` sets those that exist, `remove` removes those that exist. What is no map of strings counts as an empty one. */
export function applyLabelOverrider(
  manifest: KubeObject,
  { operator, value }: LabelAnnotationOverrider,
  field: 'labels' | 'annotations',
): KubeObject {
  const current = textsOf(manifest.metadata[field]);
  let changed: Record<string, unknown> | undefined;
  for (const [key, text] of Object.entries(value ?? {})) {
    if (operator !== 'add' && !Object.hasOwn(current, key)) continue;
    changed ??= { ...current };
    if (operator === 'remove') delete changed[key];
    else changed[key] = text;
  }
  return changed === undefined ? manifest : withField(manifest, ['metadata', field], changed);
}

const noTexts: Fields = Object.freeze({});

function textsOf(value: unknown): Fields {
  if (!isFields(value)) return noTexts;
  for (const key in value) if (typeof value[key] !== 'string') return noTexts;
  return value;
}
