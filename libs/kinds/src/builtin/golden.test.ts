import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createKindRegistry } from '../kind-registry.ts';
import { parseApiVersion, type KubeObject } from '../kube-object.ts';
import { readOpenApiDocument } from '../openapi-files.ts';
import { createBuiltinKinds } from './all.ts';
import { without } from './without.ts';
import { createLocally, updateErrors } from '../testing/local-create.ts';
import type { KindDefinition } from '../kind-definition.ts';

interface Recorded {
  readonly input: KubeObject;
  readonly output?: KubeObject;
  readonly cells?: readonly unknown[];
  readonly status?: { readonly message: string; readonly details?: { readonly causes?: readonly Cause[] } };
}

interface Cause {
  readonly field: string;
  readonly reason: string;
  readonly message: string;
}

function readRecords(name: string): readonly Recorded[] {
  return JSON.parse(readFileSync(new URL(`testdata/${name}.golden.json`, import.meta.url), 'utf8'));
}

interface RecordedUpdate {
  readonly old: KubeObject;
  readonly new: KubeObject;
  readonly uid: string;
  readonly status: { readonly details?: { readonly causes?: readonly Cause[] } };
}

function readUpdates(): readonly RecordedUpdate[] {
  return JSON.parse(readFileSync(new URL('testdata/updates.golden.json', import.meta.url), 'utf8'));
}

const named = (record: Recorded): readonly [string, Recorded] => [
  `${record.input.kind} ${record.input.metadata.name}`,
  record,
];

describe('against a real kube-apiserver', () => {
  const registry = createKindRegistry(createBuiltinKinds({ readDocument: readOpenApiDocument }));
  const kindOf = ({ apiVersion, kind }: KubeObject): KindDefinition => {
    const { group, version } = parseApiVersion(apiVersion);
    return registry.byKind(group, version, kind)!;
  };

  it.each(readRecords('objects').map(named))('%s gets the same defaults and shows the same row', (_, record) => {
    const expected = record.output!;
    const kind = kindOf(record.input);
    const { object, problems, errors } = createLocally(
      kind,
      record.input,
      expected.metadata.uid ?? '',
      Date.parse(expected.metadata.creationTimestamp ?? ''),
    );
    expect({ problems, errors }).toEqual({ problems: [], errors: [] });
    const { creationTimestamp, generation } = expected.metadata;
    const owned = Object.fromEntries(
      Object.entries({ creationTimestamp, generation }).filter(([, value]) => value !== undefined),
    );
    const stored = { ...object, metadata: { ...object.metadata, ...owned } };
    expect(stored).toEqual(withoutAllocations(expected));
    expect(kind.hasGeneration).toBe(expected.metadata.generation !== undefined);
    expect(kind.printRow(stored, Date.parse(creationTimestamp ?? ''))).toEqual(record.cells?.map(withoutDelay));
  });

  it.each(readRecords('invalid').map(named))('%s is refused in the same words', (_, record) => {
    const { problems, errors } = createLocally(kindOf(record.input), record.input, 'uid', 0);
    const causes = distinct(record.status?.details?.causes ?? []);
    const message = record.status?.message ?? '';
    expect(problems.every((problem) => message.includes(problem))).toBe(true);
    expect(problems.length + errors.length).toBeGreaterThan(0);
    expect(errors.toSorted(byField)).toEqual(causes.toSorted(byField));
  });

  it.each(readUpdates().map((update) => [`${update.old.kind} ${update.old.metadata.name}`, update] as const))(
    'an update of %s is refused in the same words',
    (_, update) => {
      const kind = kindOf(update.old);
      const { object } = createLocally(kind, update.old, update.uid, 0);
      const causes = distinct(update.status.details?.causes ?? []);
      expect(updateErrors(kind, update.new, object).toSorted(byField)).toEqual(causes.toSorted(byField));
    },
  );
});

function byField(left: Cause, right: Cause): number {
  return `${left.field} ${left.message}` < `${right.field} ${right.message}` ? -1 : 1;
}

/** What a template leaves to the clusters that run it. */
function withoutAllocations(object: KubeObject): KubeObject {
  switch (object.kind) {
    case 'Service': {
      return { ...object, spec: without(object['spec'] as object, 'ipFamilies', 'ipFamilyPolicy') };
    }
    case 'DaemonSet': {
      return { ...object, metadata: without(object.metadata, 'annotations') };
    }
    default:
      return object;
  }
}

/** The row was read a moment after the object was made. */
function withoutDelay(cell: unknown): unknown {
  return cell === '1s' ? '0s' : cell;
}

/** kube-apiserver repeats some causes, and adds a diff of its internal form to others. */
function distinct(causes: readonly Cause[]): readonly Cause[] {
  const known = new Map<string, Cause>();
  for (const { field, reason, message } of causes) {
    const [line = ''] = message.split('\n');
    known.set(`${field} ${line}`, { field, reason, message: line });
  }
  return [...known.values()];
}
