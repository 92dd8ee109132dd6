/**
 * A member in memory for tests of the engine: stores objects, speaks the few requests the engine makes, streams watch lines, and can be made to fail. The real API servers of the
 * end-to-end suite keep it honest.
 */
import { MemberUnreachable } from '../member-client.ts';
import type { MemberClient, MemberRequest, MemberResponse } from '../member-client.ts';
import type { MemberObject } from '../observed-object.ts';

interface Stored {
  object: MemberObject;
}

export class MemoryMember implements MemberClient {
  readonly cluster = 'member1';
  /** Requests as `METHOD path`, in order, watches left out. */
  readonly requests: string[] = [];
  /** When set, every request fails as if the network were gone. */
  isDown = false;
  /** Answers the next matching request instead of the store. */
  readonly answers: { readonly match: RegExp; readonly response: MemberResponse }[] = [];
  /** What the member makes of an object that is written to it: defaults, changes on admission. */
  admit: (object: MemberObject, method: 'POST' | 'PUT') => MemberObject = (object) => object;
  readonly #objects = new Map<string, Stored>();
  readonly #watchers = new Set<{ readonly path: string; push(line: Buffer): void; end(): void }>();
  /** All events, for watches that begin in the past. */
  readonly #events: { readonly revision: number; readonly path: string; readonly line: Buffer }[] = [];
  #revision = 0;

  /** Requests that were to change something. */
  get writes(): readonly string[] {
    return this.requests.filter((request) => !request.startsWith('GET'));
  }

  get(path: string): MemberObject | undefined {
    return this.#objects.get(path)?.object;
  }

  /** Changes an object behind the engine's back. */
  put(path: string, object: MemberObject): MemberObject {
    const before = this.#objects.get(path)?.object;
    const stored: MemberObject = {
      ...object,
      metadata: {
        ...object.metadata,
        uid: before?.metadata.uid ?? `uid-${this.#revision + 1}`,
        generation: nextGeneration(before, object),
        resourceVersion: String(++this.#revision),
      },
    };
    this.#objects.set(path, { object: stored });
    this.#emit(before === undefined ? 'ADDED' : 'MODIFIED', path, stored);
    return stored;
  }

  remove(path: string): void {
    const before = this.#objects.get(path)?.object;
    if (before === undefined) return;
    this.#objects.delete(path);
    this.#revision++;
    this.#emit('DELETED', path, before);
  }

  request({ method, path: pathWithQuery, body }: MemberRequest): Promise<MemberResponse> {
    const [path = ''] = pathWithQuery.split('?');
    this.requests.push(`${method} ${path}`);
    if (this.isDown) return Promise.reject(new MemberUnreachable(this.cluster, 'Connection', 'ECONNREFUSED'));
    const index = this.answers.findIndex(({ match }) => match.test(`${method} ${path}`));
    const [scripted] = index < 0 ? [] : this.answers.splice(index, 1);
    return Promise.resolve(
      scripted?.response ?? this.#answer(method, path, body === undefined ? undefined : parse(body)),
    );
  }

  async *watch(pathWithQuery: string, signal: AbortSignal): AsyncIterable<Buffer> {
    const [path = '', query = ''] = pathWithQuery.split('?');
    const since = Number(new URLSearchParams(query).get('resourceVersion'));
    const missed = this.#events.filter((event) => event.revision > since && isUnder(event.path, path));
    const lines = missed.map(({ line }) => line);
    let wake = (): void => undefined;
    let isEnded = false;
    const watcher = {
      path,
      push(line: Buffer) {
        lines.push(line);
        wake();
      },
      end() {
        isEnded = true;
        wake();
      },
    };
    this.#watchers.add(watcher);
    signal.addEventListener('abort', () => watcher.end(), { once: true });
    try {
      while (!isEnded) {
        for (const line of lines.splice(0)) yield line;
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (lines.length > 0 || isEnded) resolve();
        });
      }
    } finally {
      this.#watchers.delete(watcher);
    }
  }

  close(): Promise<void> {
    for (const watcher of this.#watchers) watcher.end();
    return Promise.resolve();
  }

  #answer(method: string, path: string, body: MemberObject | undefined): MemberResponse {
    const stored = this.#objects.get(path)?.object;
    switch (method) {
      case 'GET':
        return /\/[a-z]+s$/.test(path) && stored === undefined ? this.#list(path) : found(stored);
      case 'POST':
        return this.#create(path, body);
      case 'PUT':
        if (stored === undefined) return status(404, 'not found');
        if (
          body?.metadata.resourceVersion !== undefined &&
          body.metadata.resourceVersion !== stored.metadata.resourceVersion
        ) {
          return status(409, 'the object has been modified');
        }
        return json(200, this.put(path, this.admit(body as MemberObject, 'PUT')));
      case 'DELETE':
        if (stored === undefined) return status(404, 'not found');
        this.remove(path);
        return json(200, {});
      default:
        return status(405, 'method not allowed');
    }
  }

  #create(path: string, body: MemberObject | undefined): MemberResponse {
    const key = `${path}/${body?.metadata.name ?? ''}`;
    if (body === undefined) return status(400, 'no body');
    return this.#objects.has(key) ? status(409, 'already exists') : json(201, this.put(key, this.admit(body, 'POST')));
  }

  #list(path: string): MemberResponse {
    const items = [...this.#objects].filter(([key]) => isUnder(key, path)).map(([, { object }]) => object);
    return json(200, { metadata: { resourceVersion: String(this.#revision) }, items: items.filter(isManaged) });
  }

  #emit(type: string, path: string, object: MemberObject): void {
    if (!isManaged(object)) return;
    const line = Buffer.from(JSON.stringify({ type, object }));
    this.#events.push({ revision: this.#revision, path, line });
    for (const watcher of this.#watchers) if (isUnder(path, watcher.path)) watcher.push(line);
  }
}

/** `/api/v1/namespaces/x/configmaps/y` is under `/api/v1/configmaps`. */
function isUnder(objectPath: string, listPath: string): boolean {
  return objectPath.replace(/\/namespaces\/[^/]+(?=\/[a-z])/, '').replace(/\/[^/]+$/, '') === listPath;
}

function isManaged(object: MemberObject): boolean {
  return object.metadata.labels?.['karmada.io/managed'] === 'true';
}

function nextGeneration(before: MemberObject | undefined, after: MemberObject): number {
  const generation = before?.metadata.generation ?? 0;
  return JSON.stringify(before?.['spec']) === JSON.stringify(after['spec']) ? Math.max(1, generation) : generation + 1;
}

function parse(body: string | Uint8Array): MemberObject {
  return JSON.parse(typeof body === 'string' ? body : Buffer.from(body).toString('utf8')) as MemberObject;
}

function found(object: MemberObject | undefined): MemberResponse {
  return object === undefined ? status(404, 'not found') : json(200, object);
}

function json(code: number, body: unknown): MemberResponse {
  return { status: code, body: JSON.stringify(body) };
}

function status(code: number, message: string): MemberResponse {
  return json(code, { kind: 'Status', message });
}
