import { createInterpreter } from '@flotilla/interpreter/interpreter';
import type { Operation, StatusItem } from '@flotilla/interpreter/operations';
import type { KubeObject } from '@flotilla/kinds/kube-object';

/** One line of `interpreter.jsonl`. */
export interface InterpreterCase {
  readonly id: number;
  readonly kind: string;
  readonly template: KubeObject;
  readonly members: readonly { readonly cluster: string; readonly object: KubeObject }[];
  readonly items?: readonly StatusItem[];
  readonly reviseTo?: number;
  readonly want: Readonly<Record<string, unknown>>;
}

/** What the interpreter answers, in the shape of `want`: an operation that the kind does not have is absent. */
export function answerInterpreterCase(given: InterpreterCase): Readonly<Record<string, unknown>> {
  const interpreter = createInterpreter();
  const { template, members } = given;
  const has = (operation: Operation): boolean => interpreter.supports(template, operation);
  const answer: Record<string, unknown> = {
    reflected: members.map(({ object }) => interpreter.reflectStatus(object) ?? null),
  };
  if (has('getReplicas')) answer['replicas'] = interpreter.getReplicas(template);
  if (has('reviseReplica') && given.reviseTo !== undefined) {
    answer['revised'] = interpreter.reviseReplica(template, given.reviseTo);
  }
  if (has('getDependencies')) answer['dependencies'] = interpreter.getDependencies(template);
  if (has('isHealthy')) {
    answer['health'] = members.map(({ object }) => interpreter.interpretHealth(object) === 'Healthy');
  }
  if (has('aggregateStatus') && given.items !== undefined) {
    const nowMs = recordedAtMs(given.want);
    answer['aggregated'] = { status: interpreter.aggregateStatus(template, given.items, { nowMs }) };
  }
  const first = members[0];
  if (has('retain') && first !== undefined) answer['retained'] = interpreter.retain(template, first.object);
  return answer;
}

/** The clock of the recording, which a case shows only in the conditions that aggregation stamped. */
function recordedAtMs(want: Readonly<Record<string, unknown>>): number {
  const stamped = JSON.stringify(want['aggregated'] ?? {}).match(/"lastProbeTime":"([^"]+)"/);
  return stamped?.[1] === undefined ? 0 : Date.parse(stamped[1]);
}
