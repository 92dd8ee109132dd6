/** Deep equality of JSON values; a key that holds `undefined` counts as absent, the order of keys doesn't count. */
export function isSameJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item, index) => isSameJson(item, right[index]));
  }
  return hasAllOf(left as Fields, right as Fields, true) && hasAllOf(right as Fields, left as Fields, false);
}

type Fields = Readonly<Record<string, unknown>>;

function hasAllOf(some: Fields, others: Fields, isDeep: boolean): boolean {
  for (const key in some) {
    const value = some[key];
    if (value === undefined) continue;
    if (others[key] === undefined) return false;
    if (isDeep && !isSameJson(value, others[key])) return false;
  }
  return true;
}
