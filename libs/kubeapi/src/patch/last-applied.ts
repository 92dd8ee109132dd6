/**
 * Taking over from client-side apply. kubectl kept the last configuration in an annotation; when `kubectl apply --server-side` meets such an object, fields that
 * the annotation and the object agree on are not in conflict, and the annotation follows, so that one can go back.
 */
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { SchemaNode } from '@flotilla/kinds/schema-node';

import { compareObjects } from './field-comparison.ts';
import { differenceOf, EMPTY_SET, type FieldSet } from './field-set.ts';
import { fieldSetOf } from './field-set-of.ts';
import { canonicalJson, isRecord, type JsonRecord } from './json-value.ts';

export const LAST_APPLIED_ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';
/** The only field manager that client-side apply is migrated for. */
export const KUBECTL_MANAGER = 'kubectl';

/** Fields that may be taken from other managers because the last client-side apply set them to what they are now. */
export function fieldsOfLastApplied(live: KubeObject, schema: SchemaNode): FieldSet {
  const text = live.metadata.annotations?.[LAST_APPLIED_ANNOTATION];
  const lastApplied = text === undefined ? undefined : parseObject(text);
  if (lastApplied === undefined || lastApplied['apiVersion'] !== live.apiVersion) return EMPTY_SET;
  const { changed, removed } = compareObjects(lastApplied, live, schema);
  return differenceOf(differenceOf(fieldSetOf(lastApplied, schema), changed), removed);
}

/** The object with the annotation set to the configuration that was just applied; itself when it has no such annotation. */
export function withLastApplied(object: KubeObject, applied: JsonRecord): KubeObject {
  const annotations = object.metadata.annotations;
  if (annotations?.[LAST_APPLIED_ANNOTATION] === undefined) return object;
  const text = lastAppliedText(applied);
  if (annotations[LAST_APPLIED_ANNOTATION] === text) return object;
  const metadata = { ...object.metadata, annotations: { ...annotations, [LAST_APPLIED_ANNOTATION]: text } };
  return { ...object, metadata };
}

function lastAppliedText(applied: JsonRecord): string {
  const metadata = applied['metadata'];
  if (!isRecord(metadata)) return `${canonicalJson(applied)}\n`;
  const { annotations, ...others } = metadata;
  if (!isRecord(annotations)) return `${canonicalJson({ ...applied, metadata: others })}\n`;
  const { [LAST_APPLIED_ANNOTATION]: _, ...kept } = annotations;
  const hasAnnotations = Object.keys(kept).length > 0;
  const reduced = hasAnnotations ? { ...others, annotations: kept } : others;
  return `${canonicalJson({ ...applied, metadata: reduced })}\n`;
}

function parseObject(text: string): JsonRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
