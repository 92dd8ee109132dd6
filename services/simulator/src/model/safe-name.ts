/** Letters and digits that can't form words or be taken for one another: what Kubernetes makes random names of. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** `random` gives numbers in [0, 1). */
export function randomSuffix(random: () => number, length = 5): string {
  let suffix = '';
  for (let index = 0; index < length; index += 1) suffix += alphabet[Math.floor(random() * alphabet.length)] ?? 'b';
  return suffix;
}

/** The same text for values that are equal as JSON, in whatever order their keys come. */
export function contentHash(value: unknown, salt = 0): string {
  let rest = mix(fnvOffset ^ salt, value);
  let text = '';
  for (let index = 0; index < 7; index += 1) {
    text += alphabet[rest % alphabet.length] ?? 'b';
    rest = Math.floor(rest / alphabet.length);
  }
  return text;
}

const fnvOffset = 0x811c9dc5;
const fnvPrime = 0x01000193;

function mix(hash: number, value: unknown): number {
  if (Array.isArray(value)) return mixText(value.reduce(mix, mixText(hash, '[')), ']');
  if (typeof value !== 'object' || value === null) return mixText(hash, `${typeof value}${String(value)}`);
  let mixed = mixText(hash, '{');
  const fields = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(fields).toSorted()) {
    if (fields[key] !== undefined) mixed = mix(mixText(mixed, key), fields[key]);
  }
  return mixText(mixed, '}');
}

/** FNV-1a over UTF-16 units. */
function mixText(hash: number, text: string): number {
  let mixed = hash;
  for (let index = 0; index < text.length; index += 1) mixed = Math.imul(mixed ^ text.charCodeAt(index), fnvPrime);
  return mixed >>> 0;
}
