import { expect, it } from 'vitest';

import { applyBatches } from './apply-order.ts';
import type { Manifest } from './manifest.ts';

const manifest = (kind: string, name = 'a'): Manifest => ({
  source: 'f',
  object: { apiVersion: 'v1', kind, metadata: { name } },
});

it('applies what others need first, and keeps the order of the files within that', () => {
  const kinds = [
    'Deployment',
    'PropagationPolicy',
    'Service',
    'OverridePolicy',
    'CustomResourceDefinition',
    'ConfigMap',
    'Namespace',
  ];
  expect(
    applyBatches(kinds.map((kind) => manifest(kind))).map((batch) => batch.map(({ object }) => object.kind)),
  ).toEqual([
    ['Namespace'],
    ['CustomResourceDefinition'],
    ['ConfigMap'],
    ['OverridePolicy'],
    ['PropagationPolicy'],
    ['Deployment', 'Service'],
  ]);
});
