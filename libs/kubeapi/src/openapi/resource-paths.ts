/** Paths and operations of one kind in an OpenAPI v3 document. */
import type { KindDefinition, Verb } from '@flotilla/kinds/kind-definition';

import { groupVersionPath } from './group-version-path.ts';
import { DELETE_OPTIONS, PATCH, refTo, SCALE, STATUS, type GroupVersionKindMark } from './meta-components.ts';
import {
  deleteParameters,
  listParameters,
  nameParameter,
  namespaceParameter,
  patchParameters,
  prettyParameter,
  readParameters,
  writeParameters,
  type Parameter,
} from './query-parameters.ts';

type Operation = Readonly<Record<string, unknown>>;
type PathItem = Readonly<Record<string, unknown>>;

interface OperationSpec {
  readonly verb: string;
  /** `x-kubernetes-action` when it isn't the HTTP method. */
  readonly action: string;
  readonly id: string;
  readonly description: string;
  readonly parameters: readonly Parameter[];
  readonly body?: Readonly<Record<string, unknown>>;
  readonly response: string;
  readonly codes: readonly number[];
  readonly gvk: GroupVersionKindMark;
}

const MEDIA_TYPES = ['application/json', 'application/yaml'];
const PATCH_TYPES = ['application/apply-patch+yaml', 'application/json-patch+json', 'application/merge-patch+json'];
const REASONS: Readonly<Record<number, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted' };

/** All paths of a kind: the collection, the object and its subresources, and the collection of all namespaces. */
export function pathsOf(
  kind: KindDefinition,
  components: { readonly root: string; readonly list: string },
): Readonly<Record<string, PathItem>> {
  const context = {
    kind,
    tag: tagOf(kind),
    ...components,
    gvk: { group: kind.group, version: kind.version, kind: kind.kind },
  };
  const base = `/${groupVersionPath(kind.group, kind.version)}`;
  const collection = kind.isNamespaced ? `${base}/namespaces/{namespace}/${kind.plural}` : `${base}/${kind.plural}`;
  const outer = kind.isNamespaced ? [namespaceParameter, prettyParameter] : [prettyParameter];
  const inner = [nameParameter(kind.kind), ...outer];
  return {
    [collection]: { ...collectionOperations(context), parameters: outer },
    [`${collection}/{name}`]: { ...objectOperations(context), parameters: inner },
    ...(kind.subresources.status === true && {
      [`${collection}/{name}/status`]: {
        ...subresourceOperations(context, 'Status', context.root, context.gvk),
        parameters: inner,
      },
    }),
    ...(kind.subresources.scale !== undefined && {
      [`${collection}/{name}/scale`]: {
        ...subresourceOperations(context, 'Scale', SCALE, SCALE_KIND),
        parameters: inner,
      },
    }),
    ...(kind.isNamespaced && {
      [`${base}/${kind.plural}`]: {
        get: operation(context, {
          ...listSpec(context),
          id: `list${context.tag.id}${kind.kind}ForAllNamespaces`,
          parameters: [],
        }),
        parameters: [...listParameters, prettyParameter],
      },
    }),
  };
}

const SCALE_KIND: GroupVersionKindMark = { group: 'autoscaling', version: 'v1', kind: 'Scale' };

interface Context {
  readonly kind: KindDefinition;
  readonly tag: { readonly name: string; readonly id: string };
  readonly root: string;
  readonly list: string;
  readonly gvk: GroupVersionKindMark;
}

/** `policy.karmada.io` `v1alpha1` → tag `policyKarmadaIo_v1alpha1`, operation infix `PolicyKarmadaIoV1alpha1`. */
function tagOf({ group, version }: KindDefinition): Context['tag'] {
  const words = (group === '' ? 'core' : group).split(/[.-]/).map(capitalize);
  const joined = words.join('');
  return { name: `${joined.charAt(0).toLowerCase()}${joined.slice(1)}_${version}`, id: joined + capitalize(version) };
}

function capitalize(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function scopedName({ kind }: Context): string {
  return kind.isNamespaced ? `Namespaced${kind.kind}` : kind.kind;
}

function listSpec(context: Context): OperationSpec {
  const { kind, tag, gvk } = context;
  return {
    verb: 'get',
    action: 'list',
    id: `list${tag.id}${scopedName(context)}`,
    description: `list objects of kind ${kind.kind}`,
    parameters: listParameters,
    response: context.list,
    codes: [200],
    gvk,
  };
}

function collectionOperations(context: Context): Readonly<Record<string, Operation>> {
  const { kind, tag, root, gvk } = context;
  const specs: readonly OperationSpec[] = [
    listSpec(context),
    {
      verb: 'post',
      action: 'post',
      id: `create${tag.id}${scopedName(context)}`,
      description: `create a ${kind.kind}`,
      parameters: writeParameters,
      body: bodyOf(root, MEDIA_TYPES),
      response: root,
      codes: [200, 201, 202],
      gvk,
    },
    {
      verb: 'delete',
      action: 'deletecollection',
      id: `delete${tag.id}Collection${scopedName(context)}`,
      description: `delete collection of ${kind.kind}`,
      parameters: [...deleteParameters, ...listParameters.filter(({ name }) => name !== 'watch')],
      response: STATUS,
      codes: [200],
      gvk,
    },
  ];
  return operationsOf(context, specs, { get: 'list', post: 'create', delete: 'deletecollection' });
}

function objectOperations(context: Context): Readonly<Record<string, Operation>> {
  const { kind, tag, root, gvk } = context;
  const name = scopedName(context);
  const specs: readonly OperationSpec[] = [
    ...readAndWriteSpecs(context, '', root, gvk),
    {
      verb: 'delete',
      action: 'delete',
      id: `delete${tag.id}${name}`,
      description: `delete a ${kind.kind}`,
      parameters: deleteParameters,
      body: { ...bodyOf(DELETE_OPTIONS, MEDIA_TYPES), required: false },
      response: STATUS,
      codes: [200, 202],
      gvk,
    },
  ];
  return operationsOf(context, specs, { get: 'get', put: 'update', patch: 'patch', delete: 'delete' });
}

function subresourceOperations(
  context: Context,
  suffix: string,
  component: string,
  gvk: GroupVersionKindMark,
): Readonly<Record<string, Operation>> {
  const specs = readAndWriteSpecs(context, suffix, component, gvk);
  return operationsOf(context, specs, { get: 'get', put: 'update', patch: 'patch' });
}

function readAndWriteSpecs(
  context: Context,
  suffix: string,
  component: string,
  gvk: GroupVersionKindMark,
): readonly OperationSpec[] {
  const { kind, tag } = context;
  const name = scopedName(context) + suffix;
  const what = suffix === '' ? `the specified ${kind.kind}` : `${suffix.toLowerCase()} of the specified ${kind.kind}`;
  const shared = { response: component, gvk };
  return [
    {
      ...shared,
      verb: 'get',
      action: 'get',
      id: `read${tag.id}${name}`,
      description: `read ${what}`,
      parameters: readParameters,
      codes: [200],
    },
    {
      ...shared,
      verb: 'put',
      action: 'put',
      id: `replace${tag.id}${name}`,
      description: `replace ${what}`,
      parameters: writeParameters,
      body: bodyOf(component, MEDIA_TYPES),
      codes: [200, 201],
    },
    {
      ...shared,
      verb: 'patch',
      action: 'patch',
      id: `patch${tag.id}${name}`,
      description: `partially update ${what}`,
      parameters: patchParameters,
      body: bodyOf(PATCH, PATCH_TYPES),
      codes: [200, 201],
    },
  ];
}

/** Leaves out operations whose verb the kind does not serve. */
function operationsOf(
  context: Context,
  specs: readonly OperationSpec[],
  verbs: Readonly<Record<string, Verb>>,
): Readonly<Record<string, Operation>> {
  const served = specs.filter(({ verb }) => {
    const needed = verbs[verb];
    return needed !== undefined && context.kind.verbs.includes(needed);
  });
  return Object.fromEntries(served.map((spec) => [spec.verb, operation(context, spec)]));
}

function operation({ tag }: Context, spec: OperationSpec): Operation {
  const answers = spec.codes.map((code) => [
    String(code),
    { description: REASONS[code], content: contentOf(spec.response, MEDIA_TYPES) },
  ]);
  return {
    tags: [tag.name],
    description: spec.description,
    operationId: spec.id,
    ...(spec.parameters.length > 0 && { parameters: spec.parameters }),
    ...(spec.body !== undefined && { requestBody: spec.body }),
    responses: { ...Object.fromEntries(answers), 401: { description: 'Unauthorized' } },
    'x-kubernetes-action': spec.action,
    'x-kubernetes-group-version-kind': spec.gvk,
  };
}

function bodyOf(component: string, mediaTypes: readonly string[]): Readonly<Record<string, unknown>> {
  return { content: contentOf(component, mediaTypes), required: true };
}

function contentOf(component: string, mediaTypes: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(mediaTypes.map((type) => [type, { schema: refTo(component) }]));
}
