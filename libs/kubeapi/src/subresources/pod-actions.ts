import type { MutableKubeObject } from '@flotilla/kinds/kind-definition';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { matchesLabelSelector, type LabelSelector } from '@flotilla/kinds/label-selector';
import { badRequest, conflict, methodNotAllowed, notFound } from '../errors/api-errors.ts';
import { ApiError, failure } from '../errors/status.ts';
import { respondValue } from '../http/respond.ts';
import { deleteObject } from '../write/delete.ts';
import { cloneJson, isRecord } from '../patch/json-value.ts';
import { readObject } from '../write/request-body.ts';
import { timestamp } from '../write/object-meta.ts';
import { updateObject } from '../write/update.ts';
import type { ResourceRequest } from '../request/resource-request.ts';
import type { WriteDeps } from '../write/write-deps.ts';
import { parseWriteOptions } from '../write/write-options.ts';
import type { SubresourceHandler } from './subresource-handler.ts';

const done = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };

/** `pods/NAME/eviction`: deletion as a drain asks for it. Disruption budgets of the namespace have their say. */
export function podEviction(write: WriteDeps): SubresourceHandler {
  return {
    group: '',
    resource: 'pods',
    subresource: 'eviction',
    discovery: { kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] },
    async handle(request) {
      if (request.verb !== 'create') throw methodNotAllowed();
      const { value } = await readObject(request.exchange, write.limits.bodyBytesMax, 'Eviction');
      const options = isRecord(value) && isRecord(value['deleteOptions']) ? value['deleteOptions'] : {};
      checkBudgets(write, request);
      const grace = options['gracePeriodSeconds'];
      await deleteObject(
        write,
        { ...request, verb: 'delete' },
        {
          propagation: undefined,
          gracePeriodSeconds: typeof grace === 'number' ? grace : undefined,
          uid: undefined,
          resourceVersion: undefined,
          isDryRun: Array.isArray(options['dryRun']) && options['dryRun'].includes('All'),
        },
        request.route.name,
        request.route.namespace,
      );
      respondValue(request.exchange, 201, done);
    },
  };
}

const budgets = { group: 'policy', resource: 'poddisruptionbudgets' };

interface BudgetFacts {
  readonly spec?: { readonly selector?: LabelSelector };
  readonly status?: { readonly disruptionsAllowed?: number };
}

/** Throws 429 when a budget that covers the pod has nothing left. */
function checkBudgets({ source }: WriteDeps, { resource, route }: ResourceRequest): void {
  const pod = source.get(resource, route.namespace, route.name);
  if (pod === undefined) throw notFound(resource, route.name);
  for (const { object, name } of source.list(budgets, route.namespace)) {
    const { spec, status } = object as KubeObject & BudgetFacts;
    if (spec?.selector === undefined || !matchesLabelSelector(spec.selector, pod.object.metadata.labels)) continue;
    if ((status?.disruptionsAllowed ?? 0) > 0) continue;
    const message = `The disruption budget ${name} needs more healthy pods than there would be left`;
    throw new ApiError(
      failure(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
        causes: [{ reason: 'DisruptionBudget', message }],
      }),
    );
  }
}

/** `pods/NAME/binding`: a scheduler's decision. */
export function podBinding(write: WriteDeps): SubresourceHandler {
  return {
    group: '',
    resource: 'pods',
    subresource: 'binding',
    discovery: { kind: 'Binding', verbs: ['create'] },
    async handle(request) {
      if (request.verb !== 'create') throw methodNotAllowed();
      const { value, length } = await readObject(request.exchange, write.limits.bodyBytesMax, 'Binding');
      const target = isRecord(value) && isRecord(value['target']) ? value['target'] : {};
      const { name } = target;
      if (typeof name !== 'string' || name === '') throw badRequest('target.name: Required value');
      await updateObject(write, {
        request: { ...request, verb: 'patch' },
        options: parseWriteOptions(request),
        subresource: 'binding',
        bodyBytes: length,
        propose: (current) => ({
          draft: bound(cloneJson(current) as MutableKubeObject, name, timestamp(write.now()), request.route.name),
        }),
      });
      respondValue(request.exchange, 201, done);
    },
  };
}

function bound(draft: MutableKubeObject, node: string, nowIso: string, name: string): MutableKubeObject {
  const spec = isRecord(draft['spec']) ? draft['spec'] : {};
  const current = spec['nodeName'];
  if (typeof current === 'string' && current !== '') {
    throw conflict({ group: '', resource: 'pods' }, name, `pod ${name} is already assigned to node "${current}"`);
  }
  spec['nodeName'] = node;
  const status = isRecord(draft['status']) ? draft['status'] : {};
  const conditions = Array.isArray(status['conditions']) ? status['conditions'].filter(isRecord) : [];
  status['conditions'] = [
    ...conditions.filter((one) => one['type'] !== 'PodScheduled'),
    { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: nowIso },
  ];
  draft['spec'] = spec;
  draft['status'] = status;
  return draft;
}
