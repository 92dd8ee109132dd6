/**
 * Subjects of the state stream: `state.<group>.<resource>.<namespace|_>.<name>`. Tokens are percent-encoded for `.`, `*`, `>`, space and `%`;
 * the core group is `core`, cluster scope is `_`.
 */
export interface StateKey {
  readonly group: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

export function stateSubject(key: StateKey): string {
  return `state.${encodeToken(key.group || 'core')}.${key.resource}.${encodeToken(key.namespace || '_')}.${encodeToken(key.name)}`;
}

export function parseStateSubject(subject: string): StateKey {
  const [, group = '', resource = '', namespace = '', name = ''] = subject.split('.');
  const decodedGroup = decodeToken(group);
  const decodedNamespace = decodeToken(namespace);
  return {
    group: decodedGroup === 'core' ? '' : decodedGroup,
    resource,
    namespace: decodedNamespace === '_' ? '' : decodedNamespace,
    name: decodeToken(name),
  };
}

const needsEncoding = /[.*> %]/;

export function encodeToken(token: string): string {
  if (!needsEncoding.test(token)) return token;
  return token.replace(/[.*> %]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

export function decodeToken(token: string): string {
  return token.includes('%') ? decodeURIComponent(token) : token;
}
