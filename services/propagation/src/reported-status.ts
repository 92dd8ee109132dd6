import type { ResourceHealth } from '@flotilla/kinds/karmada/work';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { Interpreter } from '@flotilla/interpreter/interpreter';

/** What a member was last seen to report about an object. */
export interface ReportedStatus {
  /** The part of the member's status that is reported, as JSON: compared before anything is written. */
  statusJson: string | undefined;
  health: ResourceHealth;
}

/** Takes the newest state of the member's object in, `undefined` if it is gone. False when that changes nothing. */
export function takeReport(
  known: ReportedStatus,
  observed: KubeObject | undefined,
  interpreter: Pick<Interpreter, 'reflectStatus' | 'interpretHealth'>,
): boolean {
  const status = observed === undefined ? undefined : interpreter.reflectStatus(observed);
  const statusJson = status === undefined ? undefined : JSON.stringify(status);
  const health = observed === undefined ? 'Unknown' : interpreter.interpretHealth(observed);
  if (known.statusJson === statusJson && known.health === health) return false;
  known.statusJson = statusJson;
  known.health = health;
  return true;
}
