import { kindFromCrd } from '@flotilla/kinds/crd-kind';
import type { KindDefinition } from '@flotilla/kinds/kind-definition';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { createKindRegistry } from '@flotilla/kinds/kind-registry';
import { createEmbeddedLog } from '@flotilla/log/embedded-log';
import { createObjectStore } from '@flotilla/store/create-object-store';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDefinedKinds, definitions, type DefinedKinds } from './defined-kinds.ts';

interface Names {
  readonly plural: string;
  readonly kind: string;
}

function definition(names: Names, createdAt: string, accepted?: Names): KubeObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${names.plural}.example.com`, creationTimestamp: createdAt },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names,
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
    ...(accepted === undefined ? {} : { status: { acceptedNames: accepted } }),
  };
}

const early = '2026-01-01T00:00:00Z';
const late = '2026-01-02T00:00:00Z';
const gadgets = { plural: 'gadgets', kind: 'Thing' };
const widgets = { plural: 'widgets', kind: 'Thing' };

async function aWorld() {
  const end = new AbortController();
  const log = await createEmbeddedLog();
  const store = await createObjectStore({ log, signal: end.signal });
  onTestFinished(async () => {
    end.abort();
    await log.close();
  });
  const compiled: string[] = [];
  const follow = (): { readonly kinds: DefinedKinds; readonly served: () => readonly string[] } => {
    const registry = createKindRegistry();
    const kindsOf = (object: KubeObject): readonly KindDefinition[] => {
      compiled.push(object.metadata.name ?? '');
      return kindFromCrd(object);
    };
    const kinds = createDefinedKinds({ store, kinds: registry, kindsOf, report: () => undefined });
    kinds.start();
    return { kinds, served: () => registry.all().map(({ plural }) => plural) };
  };
  const put = async (object: KubeObject): Promise<void> => {
    await store.commit([{ resource: definitions, namespace: '', name: object.metadata.name ?? '', object }]);
  };
  const remove = async (object: KubeObject): Promise<void> => {
    const name = object.metadata.name ?? '';
    await store.commit([{ resource: definitions, namespace: '', name, object, isDelete: true }]);
  };
  return { put, remove, follow, compiled };
}

describe('defined kinds', () => {
  it.each([
    ['the older of two has the name', definition(gadgets, late), definition(widgets, early), 'widgets'],
    ['of two as old, the first by name', definition(widgets, early), definition(gadgets, early), 'gadgets'],
    ['who had it before keeps it', definition(widgets, early), definition(gadgets, late, gadgets), 'gadgets'],
  ])('%s, whoever follows, from the start or later', async (_, first, second, winner) => {
    const { put, follow } = await aWorld();
    const before = follow();
    await put(first);
    await put(second);
    const after = follow();
    for (const { kinds, served } of [before, after]) {
      expect(served()).toEqual([winner]);
      const loser = winner === 'widgets' ? 'gadgets' : 'widgets';
      expect(kinds.problemOf(`${loser}.example.com`)).toBe('"Thing" is already in use');
    }
  });

  it('serve who waited for a name when it is free', async () => {
    const { put, remove, follow } = await aWorld();
    const { served, kinds } = follow();
    await put(definition(gadgets, early));
    await put(definition(widgets, late));
    await remove(definition(gadgets, early));
    expect(served()).toEqual(['widgets']);
    expect(kinds.problemOf('widgets.example.com')).toBeUndefined();
  });

  it('are not compiled again when only the status changes', async () => {
    const { put, follow, compiled } = await aWorld();
    follow();
    await put(definition(gadgets, early));
    await put(definition(gadgets, early, gadgets));
    expect(compiled).toEqual(['gadgets.example.com']);
  });
});
