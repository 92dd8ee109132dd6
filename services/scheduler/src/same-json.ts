/** Equality of JSON values: order of keys doesn't matter, an undefined field counts as absent. */
export function isSameJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (!isContainer(left) || !isContainer(right)) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  return hasFieldsOf(left, right, true) && hasFieldsOf(right, left, false);
}

type Container = Readonly<Record<string, unknown>>;

/** Lists are containers whose keys are positions. */
function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}

function hasFieldsOf(left: Container, right: Container, isDeep: boolean): boolean {
  for (const key of Object.keys(left)) {
    const value = left[key];
    if (isDeep ? !isSameJson(value, right[key]) : value !== undefined && right[key] === undefined) return false;
  }
  return true;
}
