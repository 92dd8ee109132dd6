import { badRequest } from '../errors/api-errors.ts';

/** Where the next page of a list begins. Opaque to clients. */
export interface ContinueToken {
  /** Revision of the first page; -1 = whatever is current (after the snapshot was lost). */
  readonly revision: number;
  /** Names the kept snapshot. */
  readonly snapshot: string;
  /** `namespace/name` of the last object sent. */
  readonly after: string;
}

export function formatContinueToken({ revision, snapshot, after }: ContinueToken): string {
  return Buffer.from(JSON.stringify([1, revision, snapshot, after])).toString('base64url');
}

export function parseContinueToken(text: string): ContinueToken {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (Array.isArray(parsed)) {
      const [format, revision, snapshot, after] = parsed as readonly unknown[];
      if (format === 1 && typeof revision === 'number' && typeof snapshot === 'string' && typeof after === 'string') {
        return { revision, snapshot, after };
      }
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw badRequest('continue key is not valid: list again from the start, without it');
}
