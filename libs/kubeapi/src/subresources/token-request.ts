import { badRequest, invalid, methodNotAllowed, notFound } from '../errors/api-errors.ts';
import type { ServiceAccountTokens, TokenRequestSpec } from '../authentication/service-account-tokens.ts';
import { respondValue } from '../http/respond.ts';
import { isRecord } from '../patch/json-value.ts';
import { timestamp } from '../write/object-meta.ts';
import { readObject } from '../write/request-body.ts';
import type { WriteDeps } from '../write/write-deps.ts';
import type { SubresourceHandler } from './subresource-handler.ts';

const lifetimeMinSeconds = 600;
const lifetimeDefaultSeconds = 3600;
const lifetimeMaxSeconds = 2 ** 32;

/** `serviceaccounts/NAME/token`: a signed token that ends. */
export function tokenRequest(tokens: ServiceAccountTokens): (write: WriteDeps) => SubresourceHandler {
  return (write) => ({
    group: '',
    resource: 'serviceaccounts',
    subresource: 'token',
    discovery: { kind: 'TokenRequest', group: 'authentication.k8s.io', version: 'v1', verbs: ['create'] },
    async handle(request) {
      if (request.verb !== 'create') throw methodNotAllowed();
      const { route, exchange } = request;
      const account = write.source.get(request.resource, route.namespace, route.name);
      if (account === undefined) throw notFound(request.resource, route.name);
      const { value } = await readObject(exchange, write.limits.bodyBytesMax, 'TokenRequest');
      if (!isRecord(value)) throw badRequest('the object provided is unrecognized (must be of type TokenRequest)');
      const spec = isRecord(value['spec']) ? value['spec'] : {};
      const wanted = specOf(write, spec, route.namespace, route.name, account.object.metadata.uid ?? '');
      const { token, expiresAtMs } = await tokens.issue(wanted);
      const nowIso = timestamp(write.now());
      const metadata = { name: route.name, namespace: route.namespace, creationTimestamp: nowIso };
      respondValue(exchange, 201, {
        kind: 'TokenRequest',
        apiVersion: 'authentication.k8s.io/v1',
        metadata,
        spec: { ...spec, audiences: wanted.audiences, expirationSeconds: wanted.expirationSeconds },
        status: { token, expirationTimestamp: timestamp(expiresAtMs) },
      });
    },
  });
}

function specOf(
  write: WriteDeps,
  spec: Readonly<Record<string, unknown>>,
  namespace: string,
  name: string,
  uid: string,
): TokenRequestSpec {
  const given = spec['expirationSeconds'];
  const expirationSeconds = typeof given === 'number' ? given : lifetimeDefaultSeconds;
  if (expirationSeconds < lifetimeMinSeconds || expirationSeconds > lifetimeMaxSeconds) {
    const why =
      expirationSeconds < lifetimeMinSeconds
        ? 'may not specify a duration less than 10 minutes'
        : 'may not specify a duration larger than 2^32 seconds';
    throw invalid('authentication.k8s.io', 'TokenRequest', '', [
      {
        field: 'spec.expirationSeconds',
        reason: 'FieldValueInvalid',
        message: `Invalid value: ${expirationSeconds}: ${why}`,
      },
    ]);
  }
  const audiences = Array.isArray(spec['audiences']) ? spec['audiences'].map(String) : [];
  const bound = isRecord(spec['boundObjectRef']) ? boundObject(write, spec['boundObjectRef'], namespace) : undefined;
  return { namespace, name, uid, audiences, expirationSeconds, ...(bound === undefined ? {} : { boundObject: bound }) };
}

function boundObject(
  write: WriteDeps,
  reference: Readonly<Record<string, unknown>>,
  namespace: string,
): NonNullable<TokenRequestSpec['boundObject']> {
  const { kind, name } = reference;
  if ((kind !== 'Pod' && kind !== 'Secret') || typeof name !== 'string') {
    throw badRequest(`cannot bind token for serviceaccount to object of type ${String(kind)}`);
  }
  const resource = { group: '', resource: kind === 'Pod' ? 'pods' : 'secrets' };
  const found = write.source.get(resource, namespace, name);
  if (found === undefined) throw notFound(resource, name);
  return { kind, name, uid: found.object.metadata.uid ?? '' };
}
