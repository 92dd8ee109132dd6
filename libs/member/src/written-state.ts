/**
 * Which state of an object a write made, read off the member's answer. The watch tells of our own writes too; a sighting that is still that state shows nothing that others did,
 * so what it has beyond the manifest are the member's defaults.
 */
import type { MemberObject } from './observed-object.ts';

export interface WrittenState {
  readonly uid: string;
  readonly resourceVersion: string;
  /** Absent for kinds that have none. */
  readonly generation?: number;
}

/** The object's metadata as kube-apiserver begins it for built-in kinds: identity first, without braces before the first map. */
const headPattern = /^\{"kind":"[^"\\]*","apiVersion":"[^"\\]*","metadata":\{([^{}]*)/;
const headLengthMax = 1024;
const uidPattern = /"uid":"([^"\\]+)"/;
const revisionPattern = /"resourceVersion":"([^"\\]+)"/;
/** With what follows it: the head may end within the number. */
const generationPattern = /"generation":(\d+),/;
/** Comes after the generation where there is one. */
const creationPattern = /"creationTimestamp":/;

/** From the answer to a POST or PUT; `undefined` when it is no object. Other orders of fields are parsed. */
export function readWrittenState(body: string): WrittenState | undefined {
  const head = headPattern.exec(body.slice(0, headLengthMax))?.[1];
  if (head === undefined || !creationPattern.test(head)) return stateByParsing(body);
  const uid = uidPattern.exec(head)?.[1];
  const resourceVersion = revisionPattern.exec(head)?.[1];
  if (uid === undefined || resourceVersion === undefined) return stateByParsing(body);
  const generation = generationPattern.exec(head)?.[1];
  return { uid, resourceVersion, ...(generation === undefined ? {} : { generation: Number(generation) }) };
}

/** Whether the object has been left by others as the write made it, apart from its status, and from metadata where the kind has a generation. */
export function isAsWritten(state: WrittenState, { metadata }: MemberObject): boolean {
  if (metadata.uid !== state.uid) return false;
  if (state.generation === undefined) return metadata.resourceVersion === state.resourceVersion;
  return metadata.generation === state.generation;
}

function stateByParsing(body: string): WrittenState | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (typeof value !== 'object' || value === null || !('metadata' in value)) return undefined;
  const { metadata } = value;
  if (typeof metadata !== 'object' || metadata === null) return undefined;
  if (!('uid' in metadata) || typeof metadata.uid !== 'string') return undefined;
  if (!('resourceVersion' in metadata) || typeof metadata.resourceVersion !== 'string') return undefined;
  const { uid, resourceVersion } = metadata;
  const generation = 'generation' in metadata ? metadata.generation : undefined;
  return { uid, resourceVersion, ...(typeof generation === 'number' ? { generation } : {}) };
}
