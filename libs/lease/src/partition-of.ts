/**
 * The partition of a key: FNV-1a over its UTF-8 bytes with a final mix, modulo the number of partitions. The same on every machine and in every version:
 * replicas that disagreed would both work on a key, or neither would.
 */
export function partitionOf(key: string, partitionCount: number): number {
  return hashOf(key) % partitionCount;
}

const encoder = new TextEncoder();

/** 32 bits. The mix spreads keys that differ only in their last characters, which plain FNV-1a leaves close together. Most keys are ASCII: their characters are their bytes. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return mixed(hashOfBytes(encoder.encode(text)));
    hash = Math.imul(hash ^ code, 0x01000193);
  }
  return mixed(hash);
}

function hashOfBytes(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}

/** 32 bits, not negative. Spreads what differs in few bits. */
function mixed(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
