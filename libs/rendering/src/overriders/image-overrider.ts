import type { ImageOverrider } from '@flotilla/kinds/karmada/policy';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { formatImageReference, isDigest, isTag, parseImageReference } from '../image-reference.ts';
import type { ImageReference } from '../image-reference.ts';
import { applyPatch, valueAtPointer } from '../json-patch.ts';
import { formatPointer, parsePointer } from '../json-pointer.ts';
import { OverrideFailure } from '../override-failure.ts';
import { checkPodShape, containersPathOf } from '../pod-shape.ts';

/** Changes one image, or without a predicate the images of all containers (init containers need a predicate). Kinds without a pod template are left alone. */
export function applyImageOverrider(manifest: KubeObject, overrider: ImageOverrider): KubeObject {
  const { predicate } = overrider;
  if (predicate?.path !== undefined && predicate.path !== '') {
    const segments = parsePointer(predicate.path);
    if (segments === undefined) throw new OverrideFailure(predicate.path, 'the predicate path is not a JSON pointer');
    return changeImage(manifest, segments, overrider);
  }
  const containersPath = containersPathOf(manifest);
  if (containersPath === undefined) return manifest;
  checkPodShape(manifest);
  const containers = valueAtPointer(manifest, containersPath);
  if (!Array.isArray(containers)) return manifest;
  let changed = manifest;
  containers.forEach((_, index) => {
    changed = changeImage(changed, [...containersPath, String(index), 'image'], overrider);
  });
  return changed;
}

function changeImage(manifest: KubeObject, segments: readonly string[], overrider: ImageOverrider): KubeObject {
  const path = formatPointer(segments);
  const image = valueAtPointer(manifest, segments);
  if (typeof image !== 'string') throw new OverrideFailure(path, 'there is no image at this place');
  const reference = parseImageReference(image);
  if (reference === undefined) throw new OverrideFailure(path, `"${image}" is not an image reference`);
  const value = formatImageReference(changeComponent(reference, overrider, path));
  // Only the string at `path` differs, so the result is an object of the same kind.
  return value === image ? manifest : (applyPatch(manifest, { operator: 'replace', path, value }) as KubeObject);
}

function changeComponent(reference: ImageReference, overrider: ImageOverrider, path: string): ImageReference {
  const { component, operator, value } = overrider;
  const change = (current: string): string => changeText(current, operator, value ?? '');
  switch (component) {
    case 'Registry':
      return { ...reference, registry: change(reference.registry ?? '') };
    case 'Repository':
      return { ...reference, repository: change(reference.repository) };
    case 'Tag':
      return changeVersion(reference, overrider, path);
  }
}

/**
 * The version is the tag or the digest, and the new text decides which of both it becomes. Text that is neither, such as a tag appended to a digest, leaves the image as it is
 * when adding, and is refused when replacing.
 */
function changeVersion(reference: ImageReference, overrider: ImageOverrider, path: string): ImageReference {
  const { operator } = overrider;
  const value = overrider.value ?? '';
  const { tag, digest, ...rest } = reference;
  const version = changeText(tag ?? digest ?? '', operator, value);
  if (version === '') return rest;
  if (isTag(version)) return { ...rest, tag: version };
  if (isDigest(version)) return { ...rest, digest: version };
  if (operator === 'add') return reference;
  throw new OverrideFailure(path, `"${value}" is neither a tag nor a digest`);
}

/** `add` appends to what is there. */
function changeText(current: string, operator: ImageOverrider['operator'], value: string): string {
  switch (operator) {
    case 'add':
      return current + value;
    case 'replace':
      return value;
    case 'remove':
      return '';
  }
}
