import { badRequest, invalid } from '../errors/api-errors.ts';
import { isTrue, type ResourceRequest } from '../request/resource-request.ts';
import { isRecord } from '../patch/json-value.ts';
import { readObject } from './request-body.ts';
import { parseDryRun } from './write-options.ts';

export interface DeleteOptions {
  readonly propagation: 'Background' | 'Foreground' | 'Orphan' | undefined;
  readonly gracePeriodSeconds: number | undefined;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
  readonly isDryRun: boolean;
}

/** From the body, or from the query when there is none. Throws 400, 413, 415 and 422. */
export async function readDeleteOptions(request: ResourceRequest, limitBytes: number): Promise<DeleteOptions> {
  const { exchange, parameters } = request;
  const length = exchange.headers['content-length'];
  const hasBody = (length !== undefined && length !== '0') || exchange.headers['transfer-encoding'] !== undefined;
  if (!hasBody && !exchange.isHttp2) return fromQuery(parameters);
  if (length === '0') return fromQuery(parameters);
  const { value, length: bytes } = await readOptionalObject(request, limitBytes);
  if (bytes === 0) return fromQuery(parameters);
  if (!isRecord(value)) throw badRequest('the object provided is unrecognized (must be of type DeleteOptions)');
  const { kind } = value;
  if (kind !== undefined && kind !== '' && kind !== 'DeleteOptions') {
    throw badRequest(`no kind ${JSON.stringify(kind)} is registered for a deletion: the body must be DeleteOptions`);
  }
  return parse(value, parameters);
}

async function readOptionalObject(
  request: ResourceRequest,
  limitBytes: number,
): Promise<{ value: unknown; length: number }> {
  const { exchange } = request;
  if (exchange.headers['content-length'] === undefined) {
    const bytes = await exchange.readBody(limitBytes);
    if (bytes.length === 0) return { value: undefined, length: 0 };
    const replay = { ...request, exchange: withBody(exchange, bytes) };
    return readObject(replay.exchange, limitBytes, 'DeleteOptions');
  }
  return readObject(exchange, limitBytes, 'DeleteOptions');
}

/** The exchange with its body already read. */
function withBody(exchange: ResourceRequest['exchange'], bytes: Buffer): ResourceRequest['exchange'] {
  return Object.create(exchange, {
    readBody: { value: () => Promise.resolve(bytes) },
    headers: { value: exchange.headers },
  }) as ResourceRequest['exchange'];
}

function parse(value: Readonly<Record<string, unknown>>, parameters: URLSearchParams | undefined): DeleteOptions {
  const preconditions = isRecord(value['preconditions']) ? value['preconditions'] : {};
  const dryRun = Array.isArray(value['dryRun']) ? value['dryRun'].map(String) : [];
  const grace = value['gracePeriodSeconds'];
  return {
    propagation: propagationOf(value['propagationPolicy'], value['orphanDependents']),
    gracePeriodSeconds: typeof grace === 'number' ? grace : undefined,
    uid: typeof preconditions['uid'] === 'string' ? preconditions['uid'] : undefined,
    resourceVersion:
      typeof preconditions['resourceVersion'] === 'string' ? preconditions['resourceVersion'] : undefined,
    isDryRun: parseDryRun(dryRun.length > 0 ? dryRun : (parameters?.getAll('dryRun') ?? [])),
  };
}

function fromQuery(parameters: URLSearchParams | undefined): DeleteOptions {
  const grace = parameters?.get('gracePeriodSeconds') ?? null;
  const orphan = parameters?.has('orphanDependents') === true ? isTrue(parameters, 'orphanDependents') : undefined;
  return {
    propagation: propagationOf(parameters?.get('propagationPolicy') ?? undefined, orphan),
    gracePeriodSeconds: grace === null ? undefined : Number(grace),
    uid: undefined,
    resourceVersion: undefined,
    isDryRun: parseDryRun(parameters?.getAll('dryRun') ?? []),
  };
}

function propagationOf(policy: unknown, orphanDependents: unknown): DeleteOptions['propagation'] {
  if (policy === undefined || policy === null || policy === '') {
    if (orphanDependents === true) return 'Orphan';
    return orphanDependents === false ? 'Background' : undefined;
  }
  if (policy === 'Background' || policy === 'Foreground' || policy === 'Orphan') return policy;
  throw invalid('meta.k8s.io', 'DeleteOptions', '', [
    {
      field: 'propagationPolicy',
      reason: 'FieldValueNotSupported',
      message: `Unsupported value: ${JSON.stringify(policy)}: supported values: "Foreground", "Background", "Orphan", "nil"`,
    },
  ]);
}
