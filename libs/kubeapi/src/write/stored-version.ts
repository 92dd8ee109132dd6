/**
 * Writes in another version than the stored one: what the client sent is decoded and its ownership recorded in the version it speaks; from there on
 * the write is one of the stored version.
 */
import type { KindDefinition, MutableKubeObject } from '@flotilla/kinds/kind-definition';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { toStored } from '../read/object-bytes.ts';
import type { ResourceRequest } from '../request/resource-request.ts';
import { applyDefaults } from './draft.ts';
import { cloneJson } from '../patch/json-value.ts';
import { sealed } from './object-meta.ts';

/** The same request for the version that is stored. */
export function storedRequest(request: ResourceRequest): ResourceRequest {
  const { conversion } = request.kind;
  return conversion === undefined ? request : { ...request, kind: conversion.stored };
}

/** A draft of a version of a kind as a draft of the stored version. */
export function storedDraft(draft: MutableKubeObject, kind: KindDefinition): MutableKubeObject {
  if (kind.conversion === undefined) return draft;
  const object = toStored(sealed(draft), kind);
  const resourceVersion = draft.metadata['resourceVersion'];
  return { ...object, metadata: { ...object.metadata, ...(resourceVersion !== undefined && { resourceVersion }) } };
}

/** Defaults of the stored version that the other one has no word for. They are filled in once the object is found valid, as kube-apiserver does on reading. */
export function withStoredDefaults(object: KubeObject, kind: KindDefinition): KubeObject {
  if (kind.conversion === undefined) return object;
  const draft = cloneJson(object) as MutableKubeObject;
  applyDefaults(draft, kind.conversion.stored);
  return sealed(draft);
}
