/** What a Cluster gets when it leaves it open: resource models, zones, times of taints. Idempotent. */
import type { MutableKubeObject } from '../kind-definition.ts';
import { isBlank, recordAt, recordsAt, type JsonRecord } from './json-view.ts';

/** The upper end of the last range: nothing is beyond it. */
const unlimited = '9223372036854775807';

const cpuBounds = ['0', '1', '2', '4', '8', '16', '32', '64', '128', unlimited];
const memoryBounds = ['0', '4Gi', '16Gi', '32Gi', '64Gi', '128Gi', '256Gi', '512Gi', '1Ti', unlimited];

export function applyClusterDefaults(draft: MutableKubeObject): void {
  const spec = recordAt(draft, 'spec');
  if (spec === undefined) return;
  moveZone(spec);
  const models = spec['resourceModels'];
  if (models === undefined || models === null || (Array.isArray(models) && models.length === 0)) {
    spec['resourceModels'] = defaultResourceModels();
  } else {
    normaliseResourceModels(spec, recordsAt(spec, 'resourceModels'));
  }
}

function moveZone(spec: JsonRecord): void {
  const { zone, zones } = spec;
  if (isBlank(zone) || (Array.isArray(zones) && zones.length > 0)) return;
  spec['zones'] = [zone];
  delete spec['zone'];
}

function defaultResourceModels(): JsonRecord[] {
  return cpuBounds.slice(0, -1).map((_, grade) => ({
    grade,
    ranges: [
      { name: 'cpu', min: cpuBounds[grade], max: cpuBounds[grade + 1] },
      { name: 'memory', min: memoryBounds[grade], max: memoryBounds[grade + 1] },
    ],
  }));
}

/** In order of grade, from nothing to without limit: every node is in some class. */
function normaliseResourceModels(spec: JsonRecord, models: readonly JsonRecord[]): void {
  if (!models.every((model) => typeof model['grade'] === 'number')) return;
  const sorted = models.toSorted((left, right) => Number(left['grade']) - Number(right['grade']));
  for (const range of recordsAt(sorted[0], 'ranges')) range['min'] = '0';
  for (const range of recordsAt(sorted.at(-1), 'ranges')) range['max'] = unlimited;
  spec['resourceModels'] = sorted;
}

/** Evictions count from the moment a NoExecute taint appeared. */
export function stampTaints(draft: MutableKubeObject, nowMs: number): void {
  for (const taint of recordsAt(recordAt(draft, 'spec'), 'taints')) {
    if (taint['effect'] === 'NoExecute' && isBlank(taint['timeAdded'])) {
      taint['timeAdded'] = new Date(nowMs).toISOString().replace(/\.\d+Z$/, 'Z');
    }
  }
}
