/** Component schemas that every generated document has beside those of its kinds. */
import { metaSchemas } from '@flotilla/kinds/object-meta-schema';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const AUTOSCALING = 'io.k8s.api.autoscaling.v1';

export const OBJECT_META = `${META}.ObjectMeta`;
export const LIST_META = `${META}.ListMeta`;
export const DELETE_OPTIONS = `${META}.DeleteOptions`;
export const PATCH = `${META}.Patch`;
export const STATUS = `${META}.Status`;
export const SCALE = `${AUTOSCALING}.Scale`;

export interface GroupVersionKindMark {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export function refTo(component: string): { readonly $ref: string } {
  return { $ref: `#/components/schemas/${component}` };
}

const apiVersion = { type: 'string', description: 'Version of the schema of this object.' };
const kind = { type: 'string', description: 'Kind of this object.' };
const text = (description: string): object => ({ type: 'string', description });
const integer = (format: string, description: string): object => ({ type: 'integer', format, description });

function optionsComponent(groups: readonly GroupVersionKindMark[]): object {
  return {
    type: 'object',
    description: 'Options of a deletion.',
    properties: {
      apiVersion,
      kind,
      dryRun: { type: 'array', items: { type: 'string', default: '' }, 'x-kubernetes-list-type': 'atomic' },
      gracePeriodSeconds: integer('int64', 'Seconds until the object is gone; zero means at once.'),
      orphanDependents: { type: 'boolean', description: 'Deprecated: use propagationPolicy.' },
      preconditions: { allOf: [refTo(`${META}.Preconditions`)], description: 'Must hold for the deletion to happen.' },
      propagationPolicy: text('What happens to dependents: Orphan, Background or Foreground.'),
    },
    'x-kubernetes-group-version-kind': groups,
  };
}

function statusComponents(): Readonly<Record<string, object>> {
  return {
    [STATUS]: {
      type: 'object',
      description: 'Answer of a request that does not answer an object.',
      properties: {
        apiVersion,
        kind,
        metadata: { allOf: [refTo(LIST_META)], default: {}, description: 'Metadata of the answer.' },
        status: text('Success or Failure.'),
        message: text('Description for people.'),
        reason: text('Why the operation failed, in one word.'),
        details: { allOf: [refTo(`${META}.StatusDetails`)], description: 'What the reason refers to.' },
        code: integer('int32', 'HTTP status code.'),
      },
      'x-kubernetes-group-version-kind': [{ group: '', version: 'v1', kind: 'Status' }],
    },
    [`${META}.StatusDetails`]: {
      type: 'object',
      description: 'What a failure refers to.',
      properties: {
        name: text('Name of the object.'),
        group: text('Group of the object.'),
        kind: text('Kind or resource of the object.'),
        uid: text('UID of the object.'),
        causes: { type: 'array', items: refTo(`${META}.StatusCause`), 'x-kubernetes-list-type': 'atomic' },
        retryAfterSeconds: integer('int32', 'Seconds to wait before another try.'),
      },
    },
    [`${META}.StatusCause`]: {
      type: 'object',
      description: 'One cause of a failure.',
      properties: {
        reason: text('The cause in one word.'),
        message: text('Description for people.'),
        field: text('Path of the field that caused it.'),
      },
    },
  };
}

function scaleComponents(): Readonly<Record<string, object>> {
  const replicas = (description: string): object => integer('int32', description);
  return {
    [SCALE]: {
      type: 'object',
      description: 'Number of replicas of a resource.',
      properties: {
        apiVersion,
        kind,
        metadata: { allOf: [refTo(OBJECT_META)], default: {}, description: 'Metadata of the scaled object.' },
        spec: { allOf: [refTo(`${AUTOSCALING}.ScaleSpec`)], default: {}, description: 'What is wanted.' },
        status: { allOf: [refTo(`${AUTOSCALING}.ScaleStatus`)], default: {}, description: 'What is there.' },
      },
      'x-kubernetes-group-version-kind': [{ group: 'autoscaling', version: 'v1', kind: 'Scale' }],
    },
    [`${AUTOSCALING}.ScaleSpec`]: {
      type: 'object',
      description: 'What is wanted.',
      properties: { replicas: replicas('Wanted number of replicas.') },
    },
    [`${AUTOSCALING}.ScaleStatus`]: {
      type: 'object',
      description: 'What is there.',
      properties: {
        replicas: replicas('Present number of replicas.'),
        selector: text('Label selector of the replicas.'),
      },
      required: ['replicas'],
    },
  };
}

/** `hasScale`: some kind of the document has a scale subresource. */
export function metaComponents(group: string, version: string, hasScale: boolean): Readonly<Record<string, unknown>> {
  return {
    ...metaSchemas,
    [PATCH]: { type: 'object', description: 'A patch; its form depends on the content type of the request.' },
    [`${META}.Preconditions`]: {
      type: 'object',
      description: 'Conditions on the object as it is stored.',
      properties: { resourceVersion: text('Wanted resourceVersion.'), uid: text('Wanted UID.') },
    },
    [DELETE_OPTIONS]: optionsComponent([
      { group: '', version: 'v1', kind: 'DeleteOptions' },
      { group, version, kind: 'DeleteOptions' },
    ]),
    ...statusComponents(),
    ...(hasScale ? scaleComponents() : undefined),
  };
}
