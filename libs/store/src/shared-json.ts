/** JSON of values that are part of many objects, so that it's made once. Remembered as long as the value lives. */
const texts = new WeakMap<object, string>();

/** Tells that this very value will come again, in other objects. It must never change. */
export function shareJson(value: object): void {
  if (!texts.has(value)) texts.set(value, JSON.stringify(value));
}

/** The JSON of a value that was shared. */
export function sharedJson(value: object): string | undefined {
  return texts.get(value);
}
