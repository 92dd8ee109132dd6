import { badRequest, invalid } from '../errors/api-errors.ts';
import type { ResourceRequest } from '../request/resource-request.ts';

export interface WriteOptions {
  readonly isDryRun: boolean;
  readonly manager: string;
  readonly fieldValidation: 'Strict' | 'Warn' | 'Ignore';
  /** Server-side apply: take over fields that others own. */
  readonly isForced: boolean;
}

/** Throws 400 and 422 for values that Kubernetes doesn't know. */
export function parseWriteOptions(request: Pick<ResourceRequest, 'parameters' | 'exchange'>): WriteOptions {
  const { parameters, exchange } = request;
  const isDryRun = parseDryRun(parameters?.getAll('dryRun') ?? []);
  const fieldValidation = parameters?.get('fieldValidation') ?? '';
  if (
    fieldValidation !== '' &&
    fieldValidation !== 'Strict' &&
    fieldValidation !== 'Warn' &&
    fieldValidation !== 'Ignore'
  ) {
    throw invalid('meta.k8s.io', 'CreateOptions', '', [
      {
        field: 'fieldValidation',
        reason: 'FieldValueNotSupported',
        message: `Unsupported value: ${JSON.stringify(fieldValidation)}: supported values: "", "Ignore", "Strict", "Warn"`,
      },
    ]);
  }
  const given = parameters?.get('fieldManager') ?? '';
  if (given.length > 128) throw badRequest('fieldManager: Too long: may not be more than 128 bytes');
  return {
    isDryRun,
    manager: given === '' ? managerOfAgent(exchange.headers['user-agent']) : given,
    fieldValidation: fieldValidation === '' ? 'Warn' : fieldValidation,
    isForced: parameters?.get('force') === 'true',
  };
}

export function parseDryRun(values: readonly string[]): boolean {
  for (const value of values) {
    if (value === 'All') return true;
    if (value === '') continue;
    throw invalid('meta.k8s.io', 'CreateOptions', '', [
      {
        field: 'dryRun',
        reason: 'FieldValueNotSupported',
        message: `Unsupported value: ${JSON.stringify([value])}: supported values: "All"`,
      },
    ]);
  }
  return false;
}

/** `kubectl/v1.32.4 (linux/amd64) …` → `kubectl`. */
function managerOfAgent(agent: string | undefined): string {
  if (agent === undefined || agent === '') return 'unknown';
  const slash = agent.indexOf('/');
  return (slash < 0 ? agent : agent.slice(0, slash)).slice(0, 128);
}
