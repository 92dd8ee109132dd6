import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatImageReference, parseImageReference } from './image-reference.ts';
import type { ImageReference } from './image-reference.ts';

const digest = `sha256:${'ab'.repeat(32)}`;

describe('parseImageReference', () => {
  it.each<[string, ImageReference]>([
    ['nginx', { repository: 'nginx' }],
    ['nginx:1.27', { repository: 'nginx', tag: '1.27' }],
    ['library/nginx', { repository: 'library/nginx' }],
    ['docker.io/library/redis:7', { registry: 'docker.io', repository: 'library/redis', tag: '7' }],
    ['localhost/app', { registry: 'localhost', repository: 'app' }],
    ['host:5000/app:v1', { registry: 'host:5000', repository: 'app', tag: 'v1' }],
    ['HOST/app', { registry: 'HOST', repository: 'app' }],
    ['[::1]:5000/app', { registry: '[::1]:5000', repository: 'app' }],
    [`ghcr.io/a/b@${digest}`, { registry: 'ghcr.io', repository: 'a/b', digest }],
    [`a/b:v1@${digest}`, { repository: 'a/b', tag: 'v1', digest }],
  ])('reads %s', (text, reference) => {
    expect(parseImageReference(text)).toEqual(reference);
  });

  it.each(['', ':1.27', 'docker.io/:7', 'UPPER', 'a b', 'app@sha256:short', 'quay.io:443mirror:5000/a', 'a:', 'a/'])(
    'refuses "%s"',
    (text) => {
      expect(parseImageReference(text)).toBeUndefined();
    },
  );

  it('is undone by formatImageReference', () => {
    const name = fc.stringMatching(/^[a-z0-9]{1,8}([._-][a-z0-9]{1,4})?$/);
    const reference = fc.record(
      {
        registry: fc.constantFrom('localhost', 'r.example', 'r.example:5000', 'r:1'),
        repository: fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => `team/${parts.join('/')}`),
        tag: fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,10}$/),
        digest: fc.constant(digest),
      },
      { requiredKeys: ['repository'] },
    );
    fc.assert(
      fc.property(reference, (parts) => {
        expect(parseImageReference(formatImageReference(parts))).toEqual(parts);
      }),
    );
  });
});
