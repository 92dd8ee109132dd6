import type { KubeObject } from '@flotilla/kinds/kube-object';
import { Agent, request } from 'undici';

/** How to reach an API server, simulated or real. */
export interface ApiAccess {
  readonly url: string;
  readonly caPem: string;
  /** Bearer token of an administrator. */
  readonly adminToken: string;
}

/** A client of the member's HTTPS API, as any other program would be. */
export interface ApiClient {
  get(path: string): Promise<KubeObject>;
  list(path: string): Promise<readonly KubeObject[]>;
  post(path: string, object: object): Promise<KubeObject>;
  patch(path: string, patch: object): Promise<KubeObject>;
  delete(path: string): Promise<void>;
  /** Watches a collection until it satisfies; fails after the deadline. */
  until(path: string, holds: (objects: readonly KubeObject[]) => boolean): Promise<readonly KubeObject[]>;
  close(): Promise<void>;
}

const deadlineMs = 30_000;

export function createApiClient({ url, caPem, adminToken }: ApiAccess): ApiClient {
  const agent = new Agent({ connect: { ca: caPem } });
  const authorization = `Bearer ${adminToken}`;
  async function call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<unknown> {
    const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const response = await request(`${url}${path}`, {
      method,
      dispatcher: agent,
      headers: { authorization, 'content-type': contentType },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.body.json();
    if (response.statusCode >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer;
  }
  async function list(path: string): Promise<readonly KubeObject[]> {
    return ((await call('GET', path)) as { readonly items: readonly KubeObject[] }).items;
  }
  return {
    get: async (path) => (await call('GET', path)) as KubeObject,
    list,
    post: async (path, object) => (await call('POST', path, object)) as KubeObject,
    patch: async (path, patch) => (await call('PATCH', path, patch)) as KubeObject,
    delete: async (path) => void (await call('DELETE', path)),
    async until(path, holds) {
      const signal = AbortSignal.timeout(deadlineMs);
      for (;;) {
        const { items, metadata } = (await call('GET', path)) as {
          readonly items: readonly KubeObject[];
          readonly metadata: { readonly resourceVersion: string };
        };
        if (holds(items)) return items;
        if (signal.aborted) throw new Error(`${path} never got there: ${JSON.stringify(items, undefined, 1)}`);
        await nextChange(path, metadata.resourceVersion, signal);
      }
    },
    close: () => agent.close(),
  };

  async function nextChange(path: string, resourceVersion: string, signal: AbortSignal): Promise<void> {
    const end = new AbortController();
    const separator = path.includes('?') ? '&' : '?';
    const response = await request(`${url}${path}${separator}watch=1&resourceVersion=${resourceVersion}`, {
      dispatcher: agent,
      headers: { authorization },
      signal: AbortSignal.any([signal, end.signal]),
    }).catch(() => undefined);
    if (response === undefined) return;
    try {
      for await (const _ of response.body) break;
    } catch {
      // The deadline; the caller looks once more.
    }
    end.abort();
  }
}
