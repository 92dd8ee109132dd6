import type { MemberResponse } from './member-client.ts';

const messageMax = 1024;

/** The message of a Kubernetes `Status`, or the beginning of whatever the member answered. Bounded: it ends up in conditions. */
export function statusMessage(response: MemberResponse): string {
  const text = readMessage(response.body) ?? response.body;
  return `${response.status}: ${text.slice(0, messageMax)}`;
}

function readMessage(body: string): string | undefined {
  try {
    const status: unknown = JSON.parse(body);
    if (typeof status === 'object' && status !== null && 'message' in status && typeof status.message === 'string') {
      return status.message;
    }
    return undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
