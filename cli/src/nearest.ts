/** The candidate that most likely was meant, or `undefined` when none is near. */
export function nearest(text: string, candidates: readonly string[]): string | undefined {
  const distanceMax = Math.max(1, Math.floor(text.length / 3));
  let best: string | undefined;
  let bestDistance = distanceMax + 1;
  for (const candidate of new Set(candidates)) {
    const distance = candidate.startsWith(text) && text.length > 2 ? 1 : editDistance(text, candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Levenshtein, with a swap of neighbours as one step. */
function editDistance(left: string, right: string): number {
  const rows: number[][] = [Array.from({ length: right.length + 1 }, (_, index) => index)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let row = 1; row <= left.length; row++) {
    rows[row] = [row];
    for (let column = 1; column <= right.length; column++) {
      const isSame = left[row - 1] === right[column - 1];
      const isSwap = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      const cost = Math.min(
        at(row - 1, column) + 1,
        at(row, column - 1) + 1,
        at(row - 1, column - 1) + (isSame ? 0 : 1),
      );
      rows[row]?.push(isSwap ? Math.min(cost, at(row - 2, column - 2) + 1) : cost);
    }
  }
  return at(left.length, right.length);
}
