import { describe, expect, it } from 'vitest';
import type { ListNode } from '@flotilla/kinds/schema-node';

import { formatFieldPath, keyElement, parseFieldsV1 } from './field-path.ts';

describe('formatFieldPath', () => {
  it.each([
    [['f:spec', 'f:containers', 'k:{"name":"nginx"}', 'f:image'], '.spec.containers[name="nginx"].image'],
    [['f:ports', 'k:{"containerPort":80,"protocol":"TCP"}'], '.ports[containerPort=80,protocol="TCP"]'],
    [['f:metadata', 'f:finalizers', 'v:"a/b"'], '.metadata.finalizers[="a/b"]'],
    [['f:metadata', 'f:annotations', 'f:example.com/x'], '.metadata.annotations.example.com/x'],
    [['f:a', 'i:3'], '.a[3]'],
  ])('prints %j as %s', (path, text) => {
    expect(formatFieldPath(path)).toBe(text);
  });
});

describe('keyElement', () => {
  const list: ListNode = {
    kind: 'list',
    listType: 'map',
    mapKeys: ['protocol', 'containerPort'],
    items: {
      kind: 'object',
      fields: new Map([['protocol', { node: { kind: 'scalar', type: 'string' }, default: 'TCP' }]]),
      required: [],
      isAtomic: false,
      preservesUnknown: false,
    },
  };

  it('sorts the keys and fills in their defaults', () => {
    expect(keyElement({ containerPort: 80 }, list)).toBe('k:{"containerPort":80,"protocol":"TCP"}');
  });

  it('has no element for an item that is no object', () => {
    expect(keyElement('x', list)).toBeUndefined();
  });
});

describe('parseFieldsV1', () => {
  it('writes elements in canonical form', () => {
    expect(parseFieldsV1({ 'f:p': { 'k:{"protocol":"TCP", "containerPort":80}': { '.': {} } } })).toEqual({
      'f:p': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {} } },
    });
  });

  it.each([[null], ['x'], [{ 'x:a': {} }], [{ 'f:a': 1 }], [{ 'k:[1]': {} }], [{ 'v:{': {} }], [{ 'i:-1': {} }]])(
    'refuses %j',
    (value) => {
      expect(parseFieldsV1(value)).toBeUndefined();
    },
  );
});
