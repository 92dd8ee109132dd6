import type { ObjectStore, ObjectWrite } from '@flotilla/store/object-store';
import { resourceKey } from '../model/resources.ts';
import type { Controller, ObjectName } from './controller.ts';

/** The writes of one key: committed together or not at all. */
export interface Unit {
  readonly controller: Controller;
  readonly key: ObjectName;
  readonly writes: readonly ObjectWrite[];
}

/** Units of one round that write no object twice. */
export class UnitBatch {
  readonly units: Unit[] = [];
  writeCount = 0;
  readonly #written = new Set<string>();

  /** False: an earlier unit writes one of its objects; the key must wait for the next round. */
  add(unit: Unit): boolean {
    const subjects = unit.writes.map(subjectOf);
    if (subjects.some((subject) => this.#written.has(subject))) return false;
    for (const subject of subjects) this.#written.add(subject);
    this.units.push(unit);
    this.writeCount += unit.writes.length;
    return true;
  }
}

function subjectOf({ resource, namespace, name }: ObjectWrite): string {
  return `${resourceKey(resource)}/${namespace}/${name}`;
}

/**
 * All units in one commit. A unit that lost a race is left out and the rest tried again, so one client's edit holds up nobody else's work; each try leaves out at
 * least one. Returns the units that lost. Throws LogUnavailable.
 */
export async function commitUnits(store: ObjectStore, units: readonly Unit[]): Promise<readonly Unit[]> {
  const lost: Unit[] = [];
  let rest = units;
  while (rest.length > 0) {
    // The next try depends on what this one lost to.
    // oxlint-disable-next-line no-await-in-loop
    const result = await store.commit(rest.flatMap(({ writes }) => writes));
    if (result.kind === 'committed') break;
    const loser = rest.find(({ writes }) => writes.includes(result.write));
    if (loser === undefined) throw new Error(`a conflict on ${subjectOf(result.write)}, which was not written`);
    lost.push(loser);
    rest = rest.filter((unit) => unit !== loser);
  }
  return lost;
}
