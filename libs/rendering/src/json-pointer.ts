/** RFC 6901. `''` is the whole document: no segments. */
export function parsePointer(pointer: string): readonly string[] | undefined {
  if (pointer === '') return [];
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) return undefined;
  const segments = pointer.slice(1).split('/');
  return pointer.includes('~') ? segments.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')) : segments;
}

export function formatPointer(segments: readonly string[]): string {
  return segments.map((segment) => `/${segment.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
