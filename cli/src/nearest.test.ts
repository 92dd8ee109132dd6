import { expect, it } from 'vitest';

import { nearest } from './nearest.ts';

const names = ['deployments', 'deployment', 'deploy', 'clusters', 'configmaps', 'cm', 'services', 'svc'];

it.each([
  ['deploymnt', 'deployment'],
  ['clutsers', 'clusters'],
  ['confgmaps', 'configmaps'],
  ['svcc', 'svc'],
  ['pizza', undefined],
])('%s is %s', (text, expected) => {
  expect(nearest(text, names)).toBe(expected);
});
