/** Text with any number of YAML or JSON documents → objects, each with the place it came from (pure). */
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { LineCounter, parseAllDocuments } from 'yaml';
import type { Document } from 'yaml';

import type { Manifest, ManifestProblem, ManifestSet } from './manifest.ts';

/** YAML may repeat a part by reference; this many times it is an attack or a mistake. */
const aliasesMax = 1_000;

/** One document that cannot be read makes the whole text unusable: the others may be cut off at the wrong place. */
export function parseManifests(text: string, file: string): ManifestSet {
  const lineCounter = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter, prettyErrors: false, uniqueKeys: true });
  const documents: readonly Document.Parsed[] = 'empty' in parsed ? [] : parsed;
  const broken = documents.flatMap(({ errors }) => errors)[0];
  if (broken !== undefined) {
    const { line, col } = lineCounter.linePos(broken.pos[0]);
    return {
      manifests: [],
      problems: [{ source: `${file}:${line}:${col}`, message: `not valid YAML: ${broken.message}` }],
    };
  }
  const manifests: Manifest[] = [];
  const problems: ManifestProblem[] = [];
  for (const document of documents) {
    const source = `${file}:${lineCounter.linePos(document.contents?.range[0] ?? document.range[0]).line}`;
    const value = valueOf(document);
    if (value instanceof ReferenceError) problems.push({ source, message: `not valid YAML: ${value.message}` });
    if (value === null || value === undefined || value instanceof ReferenceError) continue;
    for (const item of itemsOf(value)) {
      const message = complaintAbout(item);
      if (message === undefined) manifests.push({ object: item as KubeObject, source });
      else problems.push({ source, message });
    }
  }
  return { manifests, problems };
}

/** A reference to nothing, or too many of them, is found only now. */
function valueOf(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: aliasesMax });
  } catch (error) {
    if (error instanceof ReferenceError) return error;
    throw error;
  }
}

/** The items of a `List`, at any depth. */
function itemsOf(value: unknown): readonly unknown[] {
  if (!isRecord(value)) return [value];
  const { kind, items } = value;
  const isList = kind === 'List' || (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items));
  return isList ? (Array.isArray(items) ? items : []).flatMap(itemsOf) : [value];
}

function complaintAbout(value: unknown): string | undefined {
  if (!isRecord(value))
    return `an object is needed here, not ${Array.isArray(value) ? 'a list' : JSON.stringify(value)}`;
  const missing = ['apiVersion', 'kind'].filter((field) => typeof value[field] !== 'string' || value[field] === '');
  if (missing.length > 0) return `${missing.join(' and ')} missing: every object says what it is`;
  const { metadata } = value;
  if (!isRecord(metadata)) return 'metadata.name is missing';
  const { name } = metadata;
  if (typeof name === 'string' && name !== '') return undefined;
  if (typeof metadata['generateName'] === 'string') return 'metadata.generateName cannot be applied: give it a name';
  return name === undefined
    ? 'metadata.name is missing'
    : `metadata.name must be text, not ${JSON.stringify(name)}: write it in quotes`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
