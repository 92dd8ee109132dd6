/** Fields that no manager owns: what identifies an object, what the server sets, and what the door that was used may not write. */
import { differenceOf, MEMBER, recursiveDifferenceOf, type FieldSet, type FieldSetDraft } from './field-set.ts';

const serverOwned: FieldSet = {
  'f:apiVersion': MEMBER,
  'f:kind': MEMBER,
  'f:metadata': {
    '.': MEMBER,
    'f:name': MEMBER,
    'f:namespace': MEMBER,
    'f:creationTimestamp': MEMBER,
    'f:selfLink': MEMBER,
    'f:uid': MEMBER,
    'f:clusterName': MEMBER,
    'f:generation': MEMBER,
    'f:managedFields': MEMBER,
    'f:resourceVersion': MEMBER,
  },
};

const statusOnly: FieldSet = { 'f:status': MEMBER };

export interface Door {
  readonly subresource?: string | undefined;
  readonly hasStatusSubresource?: boolean | undefined;
}

/** The set without what every kind keeps out of managedFields. */
export function withoutServerOwned(set: FieldSet): FieldSet {
  return differenceOf(set, serverOwned);
}

/** The set without what a write through this door never changes: `status` through the main one, all but `status` and metadata through the status one. */
export function withoutResetFields(set: FieldSet, door: Door): FieldSet {
  switch (doorKindOf(door)) {
    case 'status':
      return statusAndMetadataOf(set);
    case 'main':
      return recursiveDifferenceOf(set, statusOnly);
    case 'other':
      return set;
  }
}

/** What a writer owns of the fields that it changed. Remembered as long as the set lives: sets of changes are shared between writes. */
export function ownedFields(changed: FieldSet, door: Door): FieldSet {
  const known = ownedThrough[doorKindOf(door)];
  let owned = known.get(changed);
  if (owned === undefined) {
    owned = withoutServerOwned(withoutResetFields(changed, door));
    known.set(changed, owned);
  }
  return owned;
}

type DoorKind = 'status' | 'main' | 'other';

const ownedThrough: Readonly<Record<DoorKind, WeakMap<FieldSet, FieldSet>>> = {
  status: new WeakMap(),
  main: new WeakMap(),
  other: new WeakMap(),
};

function doorKindOf({ subresource, hasStatusSubresource }: Door): DoorKind {
  if (subresource === 'status') return 'status';
  return (subresource ?? '') === '' && hasStatusSubresource === true ? 'main' : 'other';
}

function statusAndMetadataOf(set: FieldSet): FieldSet {
  const result: FieldSetDraft = {};
  for (const element of ['f:metadata', 'f:status']) {
    const node = set[element];
    if (node !== undefined) result[element] = node;
  }
  return result;
}
