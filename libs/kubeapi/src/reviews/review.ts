import type { Authenticator } from '../authentication/authenticator.ts';
import type { UserInfo } from '../authentication/user.ts';
import type { Attributes, Authorizer } from '../authorization/authorizer.ts';
import { badRequest, invalid, methodNotAllowed } from '../errors/api-errors.ts';
import { respondValue } from '../http/respond.ts';
import type { ResourceRequest } from '../request/resource-request.ts';
import { isRecord } from '../patch/json-value.ts';
import { readObject } from '../write/request-body.ts';

export interface ReviewDeps {
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly bodyBytesMax: number;
}

type Fields = Readonly<Record<string, unknown>>;

/** Answers questions about access: who am I, may I, may they, whose token is this. */
export async function handleReview(deps: ReviewDeps, request: ResourceRequest): Promise<void> {
  if (request.verb !== 'create') throw methodNotAllowed();
  const { kind, exchange } = request;
  const { value } = await readObject(exchange, deps.bodyBytesMax, kind.kind);
  if (!isRecord(value)) throw badRequest(`the object provided is unrecognized (must be of type ${kind.kind})`);
  const spec = fieldsOf(value['spec']);
  const status = await answer(deps, request, spec);
  const metadata = isRecord(value['metadata']) ? value['metadata'] : {};
  const body = {
    kind: kind.kind,
    apiVersion: `${kind.group}/${kind.version}`,
    metadata,
    ...(kind.kind === 'SelfSubjectReview' ? {} : { spec: kind.kind === 'SelfSubjectRulesReview' ? {} : spec }),
    status,
  };
  respondValue(exchange, 201, body, request.negotiated.format);
}

async function answer(deps: ReviewDeps, request: ResourceRequest, spec: Fields): Promise<Fields> {
  const { authorizer } = deps;
  switch (request.kind.kind) {
    case 'SelfSubjectReview':
      return { userInfo: userFields(request.user) };
    case 'SelfSubjectAccessReview':
      return decide(authorizer, request.user, attributesOf(request, spec));
    case 'SubjectAccessReview':
    case 'LocalSubjectAccessReview':
      return decide(authorizer, subjectOf(request, spec), attributesOf(request, spec));
    case 'SelfSubjectRulesReview':
      return rulesOf(authorizer, request.user, textOf(spec, 'namespace'));
    default:
      return reviewToken(deps, spec);
  }
}

function decide(authorizer: Authorizer, user: UserInfo, attributes: Attributes): Fields {
  const { isAllowed, reason } = authorizer.authorize(user, attributes);
  return { allowed: isAllowed, ...(reason === '' ? {} : { reason }) };
}

function attributesOf(request: ResourceRequest, spec: Fields): Attributes {
  const resource = spec['resourceAttributes'];
  const path = spec['nonResourceAttributes'];
  if (isRecord(resource)) {
    const local = request.kind.kind === 'LocalSubjectAccessReview' ? request.route.namespace : undefined;
    return {
      type: 'resource',
      verb: textOf(resource, 'verb'),
      group: textOf(resource, 'group'),
      version: textOf(resource, 'version'),
      resource: textOf(resource, 'resource'),
      subresource: textOf(resource, 'subresource'),
      namespace: local ?? textOf(resource, 'namespace'),
      name: textOf(resource, 'name'),
    };
  }
  if (isRecord(path)) return { type: 'path', verb: textOf(path, 'verb'), path: textOf(path, 'path') };
  const message = 'Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified';
  throw invalid(request.kind.group, request.kind.kind, '', [
    { field: 'spec.resourceAttributes', reason: 'FieldValueInvalid', message },
  ]);
}

function subjectOf(request: ResourceRequest, spec: Fields): UserInfo {
  const name = textOf(spec, 'user');
  const groups = Array.isArray(spec['groups']) ? spec['groups'].map(String) : [];
  if (name === '' && groups.length === 0) {
    const message = 'Invalid value: "": at least one of user or group must be specified';
    throw invalid(request.kind.group, request.kind.kind, '', [
      { field: 'spec.user', reason: 'FieldValueInvalid', message },
    ]);
  }
  return { name, groups };
}

function rulesOf(authorizer: Authorizer, user: UserInfo, namespace: string): Fields {
  const rules = authorizer.rulesFor(user, namespace);
  return {
    resourceRules: rules
      .filter((rule) => rule.nonResourceURLs === undefined)
      .map(({ verbs, apiGroups, resources, resourceNames }) => ({
        verbs: verbs ?? [],
        apiGroups: apiGroups ?? [],
        resources: resources ?? [],
        ...(resourceNames === undefined ? {} : { resourceNames }),
      })),
    nonResourceRules: rules
      .filter((rule) => rule.nonResourceURLs !== undefined)
      .map(({ verbs, nonResourceURLs }) => ({ verbs: verbs ?? [], nonResourceURLs })),
    incomplete: false,
  };
}

async function reviewToken({ authenticator }: ReviewDeps, spec: Fields): Promise<Fields> {
  const audiences = Array.isArray(spec['audiences']) ? spec['audiences'].map(String) : [];
  const token = textOf(spec, 'token');
  const user = token === '' ? undefined : await authenticator.reviewToken(token, audiences);
  if (user === undefined) return { user: {}, error: 'invalid bearer token' };
  return { authenticated: true, user: userFields(user), ...(audiences.length === 0 ? {} : { audiences }) };
}

function userFields({ name, uid, groups, extra }: UserInfo): Fields {
  return { username: name, ...(uid === undefined ? {} : { uid }), groups, ...(extra === undefined ? {} : { extra }) };
}

function fieldsOf(value: unknown): Fields {
  return isRecord(value) ? value : {};
}

function textOf(fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === 'string' ? value : '';
}
