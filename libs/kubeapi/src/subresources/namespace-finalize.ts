import { methodNotAllowed } from '../errors/api-errors.ts';
import { cloneJson, isRecord } from '../patch/json-value.ts';
import { readObject } from '../write/request-body.ts';
import { updateObject } from '../write/update.ts';
import type { MutableKubeObject } from '@flotilla/kinds/kind-definition';
import type { WriteDeps } from '../write/write-deps.ts';
import { respondOutcome } from '../write/write-handlers.ts';
import { parseWriteOptions } from '../write/write-options.ts';
import type { SubresourceHandler } from './subresource-handler.ts';

/** `namespaces/NAME/finalize`: the only door to `spec.finalizers`. */
export function namespaceFinalize(write: WriteDeps): SubresourceHandler {
  return {
    group: '',
    resource: 'namespaces',
    subresource: 'finalize',
    discovery: { kind: 'Namespace', verbs: ['update'] },
    async handle(request) {
      if (request.verb !== 'update') throw methodNotAllowed();
      const { value, length } = await readObject(request.exchange, write.limits.bodyBytesMax, 'Namespace');
      const spec = isRecord(value) && isRecord(value['spec']) ? value['spec'] : {};
      const metadata = isRecord(value) && isRecord(value['metadata']) ? value['metadata'] : {};
      const outcome = await updateObject(write, {
        request,
        options: parseWriteOptions(request),
        subresource: 'finalize',
        bodyBytes: length,
        propose(current) {
          const draft = cloneJson(current) as MutableKubeObject;
          draft['spec'] = spec['finalizers'] === undefined ? {} : { finalizers: spec['finalizers'] };
          draft.metadata['resourceVersion'] = metadata['resourceVersion'];
          return { draft };
        },
      });
      respondOutcome(write, request, 200, outcome);
    },
  };
}
