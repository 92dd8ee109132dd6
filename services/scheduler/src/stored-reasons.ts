import { decisionAnnotation, type StoredReasons } from '@flotilla/placement/explain';
import type { PolicyReasons } from '@flotilla/placement/policy/policy-reasons';
import type { DecisionReasons } from '@flotilla/placement/reasons';

/** A list of candidates can be long; what doesn't fit into an annotation is left out, the outcome stays. */
const reasonsMaxBytes = 32 * 1024;

/** JSON for the annotation. Without a new decision the placement's reasons stay as they were. */
export function reasonsJson(
  annotations: Readonly<Record<string, string>> | undefined,
  policy: PolicyReasons | undefined,
  placement: DecisionReasons | undefined,
): string {
  const kept = placement ?? storedPlacement(annotations?.[decisionAnnotation]);
  const reasons: StoredReasons = {
    version: 1,
    ...(policy === undefined ? {} : { policy }),
    ...(kept === undefined ? {} : { placement: kept }),
  };
  const json = JSON.stringify(reasons);
  if (json.length <= reasonsMaxBytes || kept === undefined) return json;
  const { selection: _selection, division: _division, ...outcome } = kept;
  const notes = [...(kept.notes ?? []), 'the details of selection and division were too long to be kept'];
  return JSON.stringify({ ...reasons, placement: { ...outcome, rejected: kept.rejected.slice(0, 10), notes } });
}

function storedPlacement(json: string | undefined): DecisionReasons | undefined {
  if (json === undefined) return undefined;
  try {
    return (JSON.parse(json) as StoredReasons).placement;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
