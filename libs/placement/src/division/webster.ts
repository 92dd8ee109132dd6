/**
 * Division of seats in proportion to votes by Webster's method (Sainte-Laguë): seats are given one by one to the highest quotient votes / (2·seats + 1).
 * Equal quotients go to who has fewer seats, then by name, ascending or descending as told, so that different workloads favour different clusters.
 *
 * Most seats are given at once: with λ = votes in total / (2·seats − parties), every quotient above λ is certain to win a seat, so only about one seat per
 * party is left for the queue. The cost is O(parties · log parties), whatever the number of seats. Quotients are compared exactly, by cross-multiplication.
 */
export interface Party {
  readonly name: string;
  /** Integer ≥ 0. */
  readonly votes: number;
}

export type TieOrder = 'ascending' | 'descending';

/** Seats per party, in the order of the parties. Without any vote nobody gets a seat; otherwise the sum is exactly `seats`. */
export function divideByWebster(parties: readonly Party[], seats: number, tie: TieOrder): readonly number[] {
  const given = firstSeats(parties, seats);
  let left = seats;
  for (const count of given) left -= count;
  const queue = createQueue(parties, given, tie);
  if (queue.length === 0) return given;
  for (; left > 0; left -= 1) {
    const winner = queue[0];
    if (winner === undefined) break;
    given[winner] = (given[winner] ?? 0) + 1;
    siftDown(queue, 0, (a, b) => isBefore(parties, given, tie, a, b));
  }
  return given;
}

/** Seats that are certain: never more than the final number, short of it by about one per party. */
function firstSeats(parties: readonly Party[], seats: number): number[] {
  let votes = 0;
  let voters = 0;
  for (const party of parties) {
    votes += party.votes;
    if (party.votes > 0) voters += 1;
  }
  const divisor = 2 * seats - voters;
  if (divisor <= 0 || votes <= 0) return parties.map(() => 0);
  const threshold = votes / divisor;
  return parties.map((party) => Math.max(0, Math.floor((party.votes / threshold - 1) / 2)));
}

/** A binary heap of the indices of parties with votes. */
function createQueue(parties: readonly Party[], given: readonly number[], tie: TieOrder): number[] {
  const queue: number[] = [];
  parties.forEach(({ votes }, index) => {
    if (votes > 0) queue.push(index);
  });
  return queue.toSorted((a, b) => (isBefore(parties, given, tie, a, b) ? -1 : 1));
}

function siftDown(queue: number[], start: number, before: (a: number, b: number) => boolean): void {
  const item = queue[start];
  if (item === undefined) return;
  let position = start;
  for (;;) {
    const left = 2 * position + 1;
    let child = left;
    const leftItem = queue[left];
    if (leftItem === undefined) break;
    const rightItem = queue[left + 1];
    let childItem = leftItem;
    if (rightItem !== undefined && before(rightItem, leftItem)) {
      child = left + 1;
      childItem = rightItem;
    }
    if (!before(childItem, item)) break;
    queue[position] = childItem;
    position = child;
  }
  queue[position] = item;
}

function isBefore(parties: readonly Party[], given: readonly number[], tie: TieOrder, a: number, b: number): boolean {
  const left = parties[a];
  const right = parties[b];
  if (left === undefined || right === undefined) return left !== undefined;
  const leftSeats = given[a] ?? 0;
  const rightSeats = given[b] ?? 0;
  const order = compareProducts(left.votes, 2 * rightSeats + 1, right.votes, 2 * leftSeats + 1);
  if (order !== 0) return order > 0;
  if (leftSeats !== rightSeats) return leftSeats < rightSeats;
  return tie === 'ascending' ? left.name < right.name : left.name > right.name;
}

/** Sign of a·b − c·d, exactly. */
function compareProducts(a: number, b: number, c: number, d: number): number {
  const left = a * b;
  const right = c * d;
  if (left <= Number.MAX_SAFE_INTEGER && right <= Number.MAX_SAFE_INTEGER) return left - right;
  const exact = BigInt(a) * BigInt(b) - BigInt(c) * BigInt(d);
  return exact > 0n ? 1 : exact < 0n ? -1 : 0;
}
