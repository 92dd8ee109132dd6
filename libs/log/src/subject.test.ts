import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { parseStateSubject, stateSubject } from './subject.ts';

it('names an object by group, resource, namespace and name', () => {
  const key = { group: 'apps', resource: 'deployments', namespace: 'shop', name: 'web' };
  expect(stateSubject(key)).toBe('state.apps.deployments.shop.web');
  expect(stateSubject({ ...key, group: '', resource: 'nodes', namespace: '' })).toBe('state.core.nodes._.web');
});

it('has five tokens for any name, and gives the key back', () => {
  const name = fc.string({
    minLength: 1,
    unit: fc.constantFrom('a', 'Z', '9', '-', '.', '*', '>', ' ', '%', ':', 'é'),
  });
  fc.assert(
    fc.property(
      name,
      fc.constantFrom('', 'apps', 'policy.karmada.io'),
      fc.constantFrom('', 'default'),
      (text, group, namespace) => {
        const key = { group, resource: 'things', namespace, name: text };
        const subject = stateSubject(key);
        expect(subject.split('.')).toHaveLength(5);
        expect(subject).not.toMatch(/[*> ]/);
        expect(parseStateSubject(subject)).toStrictEqual(key);
      },
    ),
  );
});
