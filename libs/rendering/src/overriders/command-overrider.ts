import { fieldsOf, listAt, withField } from '@flotilla/interpreter/object-field';
import type { CommandArgsOverrider } from '@flotilla/kinds/karmada/policy';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { valueAtPointer } from '../json-patch.ts';
import { containersPathOf } from '../pod-shape.ts';

/** Appends to or removes from `command` or `args` of the containers with the given name. Other kinds and unknown containers are left alone. */
export function applyCommandOverrider(
  manifest: KubeObject,
  overrider: CommandArgsOverrider,
  field: 'command' | 'args',
): KubeObject {
  const path = containersPathOf(manifest);
  if (path === undefined) return manifest;
  const containers = valueAtPointer(manifest, path);
  if (!Array.isArray(containers)) return manifest;
  const changed = containers.map((container: unknown) => {
    const fields = fieldsOf(container);
    if (fields['name'] !== overrider.containerName) return container;
    const words = changeWords(listAt(fields, field), overrider);
    return fields[field] === undefined && words.length === 0 ? container : { ...fields, [field]: words };
  });
  return withField(manifest, path, changed);
}

function changeWords(words: readonly unknown[], { operator, value }: CommandArgsOverrider): readonly unknown[] {
  if (operator === 'add') return [...words, ...(value ?? [])];
  const removed = new Set<unknown>(value ?? []);
  return words.filter((word) => !removed.has(word));
}
