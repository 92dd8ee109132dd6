import type { TieOrder } from './webster.ts';

/** Half of the workloads favour one end of the alphabet, half the other, told by a hash of the template's UID. Without UID ascending. */
export function tieOrderOf(uid: string): TieOrder {
  return uid === '' || (fnv32a(uid) & 1) === 0 ? 'ascending' : 'descending';
}

const fnvOffset = 0x811c9dc5;
const fnvPrime = 0x01000193;

/** 32-bit FNV-1a of the UTF-8 bytes. */
export function fnv32a(text: string): number {
  let hash = fnvOffset;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, fnvPrime);
  }
  return hash >>> 0;
}
