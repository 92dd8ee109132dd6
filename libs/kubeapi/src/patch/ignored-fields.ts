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
  if (door.subresource === 'status') return statusAndMetadataOf(set);
  if ((door.subresource ?? '') === '' && door.hasStatusSubresource === true)
    return recursiveDifferenceOf(set, statusOnly);
  return set;
}

function statusAndMetadataOf(set: FieldSet): FieldSet {
  const result: FieldSetDraft = {};
  for (const element of ['f:metadata', 'f:status']) {
    const node = set[element];
    if (node !== undefined) result[element] = node;
  }
  return result;
}
