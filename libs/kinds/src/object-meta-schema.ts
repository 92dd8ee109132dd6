/** Schema components of `metadata`, under the names that Kubernetes publishes them by. For kinds that are not served from Kubernetes' own documents. */
import { objectMetaSchemaName } from './schema-builder.ts';
import { anyObject, flag, int64, list, listMap, map, object, text, time, type Schema } from './schema-builder.ts';

const prefix = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const mergedByUid = { 'x-kubernetes-patch-strategy': 'merge', 'x-kubernetes-patch-merge-key': 'uid' };

const ownerReference = object(
  'An object that this one belongs to; this one is deleted when all of its owners are gone.',
  {
    apiVersion: text('API version of the owner.'),
    kind: text('Kind of the owner.'),
    name: text('Name of the owner.'),
    uid: text('UID of the owner.'),
  },
  {
    controller: flag('True: the owner manages this object. At most one.'),
    blockOwnerDeletion: flag('True: a foreground deletion of the owner waits for this object.'),
  },
  { 'x-kubernetes-map-type': 'atomic' },
);

const managedFieldsEntry = object(
  'Fields that one writer manages.',
  {},
  {
    manager: text('Name of the writer.'),
    operation: text('Apply or Update.'),
    apiVersion: text('API version in which the fields were written.'),
    time: time('When the entry last changed.'),
    fieldsType: text('Format of the fields: FieldsV1.'),
    fieldsV1: anyObject('The fields, as a tree of names.'),
    subresource: text('Subresource that was written to.'),
  },
);

const objectMeta = object(
  'Metadata that every stored object has.',
  {},
  {
    name: text('Name, unique within namespace and kind. Cannot be changed.'),
    generateName: text('Prefix of a name that the server makes when name is absent.'),
    namespace: text('Namespace of the object. Cannot be changed.'),
    selfLink: text('Former field, not set.'),
    uid: text('Identity of this object in time and space, made by the server.'),
    resourceVersion: text('Opaque revision of the object, for optimistic concurrency and watches.'),
    generation: int64('Number of the desired state; grows with every change of it.'),
    creationTimestamp: nullable(time('When the object was created.')),
    deletionTimestamp: nullable(time('When the object shall be gone; set when a deletion was asked for.')),
    deletionGracePeriodSeconds: int64('Seconds between the request for deletion and deletionTimestamp.'),
    labels: map(text('Value.'), 'Keys and values to select objects by.'),
    annotations: map(text('Value.'), 'Keys and values that tools keep with the object.'),
    finalizers: list(text('Name of the finalizer.'), 'The object stays until all of these are removed.', {
      'x-kubernetes-list-type': 'set',
      'x-kubernetes-patch-strategy': 'merge',
    }),
    ownerReferences: listMap(ownerReference, ['uid'], 'Objects that this one belongs to.', mergedByUid),
    managedFields: list(managedFieldsEntry, 'Who manages which fields.', { 'x-kubernetes-list-type': 'atomic' }),
  },
);

function nullable<T>(schema: Schema<T>): Schema<T> {
  return { ...schema, nullable: true };
}

export const listMetaSchemaName = `${prefix}.ListMeta`;

const listMeta = object(
  'Metadata of a list.',
  {},
  {
    continue: text('Token for the next page; empty on the last.'),
    remainingItemCount: int64('Items that are not in this page.'),
    resourceVersion: text('Revision at which the list was read.'),
    selfLink: text('Former field, not set.'),
  },
);

export const metaSchemas: Readonly<Record<string, Schema<unknown>>> = {
  [objectMetaSchemaName]: objectMeta,
  [listMetaSchemaName]: listMeta,
};
