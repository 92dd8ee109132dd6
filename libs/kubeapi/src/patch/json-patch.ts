/**
 * JSON patch (RFC 6902) by fast-json-patch, with kube-apiserver's limits and outcomes: a patch that is no patch answers `malformed`, one that does not
 * fit the document (a failing `test`, a missing path) `invalid`.
 */
import jsonPatch from 'fast-json-patch';
import type { Operation } from 'fast-json-patch';

import { isList, isRecord, type JsonRecord } from './json-value.ts';
import type { PatchOutcome } from './patch-outcome.ts';

const MAX_OPERATIONS = 10_000;
const OPERATIONS = ['add', 'remove', 'replace', 'move', 'copy', 'test'];
const REJECTED = 'the server rejected our request due to an error in our request';
/** Growth through `copy` is bounded: doubling a list 30 times would otherwise fill the memory. */
const MAX_COPIED_CHARACTERS = 3 * 1024 * 1024;

/** Applies a JSON patch given as parsed JSON. Never changes `document`. */
export function applyJsonPatch(document: JsonRecord, patch: unknown): PatchOutcome {
  if (!isList(patch))
    return {
      kind: 'failed',
      code: 'malformed',
      message: 'error decoding patch: a JSON patch must be a list of operations',
    };
  if (patch.length > MAX_OPERATIONS) {
    const message = `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`;
    return { kind: 'failed', code: 'too-large', message };
  }
  const operations: Operation[] = [];
  for (const [index, operation] of patch.entries()) {
    if (!isOperation(operation)) {
      return { kind: 'failed', code: 'invalid', message: `${REJECTED}: operation ${index} is malformed` };
    }
    operations.push(operation);
  }
  return run(structuredClone(document), operations);
}

function isOperation(value: unknown): value is Operation {
  if (!isRecord(value)) return false;
  const { op, path, from } = value;
  if (typeof op !== 'string' || !OPERATIONS.includes(op) || !isPointer(path)) return false;
  return op === 'move' || op === 'copy' ? isPointer(from) : op === 'remove' || value['value'] !== undefined;
}

function isPointer(value: unknown): value is string {
  return typeof value === 'string' && (value === '' || value.startsWith('/'));
}

function run(document: Record<string, unknown>, operations: readonly Operation[]): PatchOutcome {
  let object: unknown = document;
  let copied = 0;
  for (const [index, operation] of operations.entries()) {
    try {
      if (operation.op === 'copy') copied += sizeOf(jsonPatch.getValueByPointer(object, operation.from));
      if (copied > MAX_COPIED_CHARACTERS) {
        return { kind: 'failed', code: 'too-large', message: 'the copy operations of the JSON patch copy too much' };
      }
      object = jsonPatch.applyOperation(object, structuredClone(operation), true, true, true, index).newDocument;
    } catch (error) {
      return { kind: 'failed', code: 'invalid', message: `${REJECTED}: ${messageOf(error, operation)}` };
    }
  }
  if (!isRecord(object))
    return { kind: 'failed', code: 'invalid', message: `${REJECTED}: the JSON patch leaves no object` };
  return { kind: 'patched', object };
}

function sizeOf(value: unknown): number {
  return JSON.stringify(value ?? null).length;
}

/** The library's errors carry the whole document; only the reason and the place are told. */
function messageOf(error: unknown, { op, path }: Operation): string {
  const name = error instanceof Error ? error.name : '';
  const where = JSON.stringify(path);
  switch (name) {
    case 'TEST_OPERATION_FAILED':
      return `testing value ${where} failed: test failed`;
    case 'OPERATION_PATH_UNRESOLVABLE':
    case 'OPERATION_FROM_UNRESOLVABLE':
      return `${op} operation does not apply: doc is missing path: ${where}: missing value`;
    case 'OPERATION_VALUE_OUT_OF_BOUNDS':
    case 'OPERATION_PATH_ILLEGAL_ARRAY_INDEX':
      return `${op} operation does not apply: doc is missing index: ${where}: invalid index referenced`;
    default:
      return `${op} operation does not apply at ${where}`;
  }
}
