import { randomUUID } from 'node:crypto';
import { connect, type ClientHttp2Session } from 'node:http2';
import { Agent, request } from 'undici';
import { createBuiltinKinds } from '@flotilla/kinds/builtin/all';
import { createKarmadaKinds } from '@flotilla/kinds/karmada/all';
import type { KindRegistry } from '@flotilla/kinds/kind-definition';
import { createKindRegistry } from '@flotilla/kinds/kind-registry';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { readOpenApiBytes, readOpenApiDocument } from '@flotilla/kinds/openapi-files';
import { createEmbeddedLog } from '@flotilla/log/embedded-log';
import { createObjectStore } from '@flotilla/store/create-object-store';
import type { ObjectStore } from '@flotilla/store/object-store';
import { rbacEscalation } from '../admission/rbac-escalation.ts';
import type { ApiReport } from '../api-report.ts';
import { createAuthenticator } from '../authentication/authenticator.ts';
import { staticTokens } from '../authentication/token-verifier.ts';
import { createRbacAuthorizer } from '../authorization/rbac.ts';
import { bootstrapNamespaces, bootstrapRoles } from '../bootstrap/bootstrap-objects.ts';
import { ensureObjects } from '../bootstrap/ensure-objects.ts';
import type { Controller, ControllerDeps } from '../controllers/controller.ts';
import { createKubeApi, type KubeApiDeps } from '../kube-api.ts';
import { createKubeApiServer } from '../kube-api-server.ts';
import type { ApiLimits } from '../limits.ts';
import { createCertificateAuthority } from '../pki/certificate-authority.ts';

export interface ApiUnderTestOptions {
  readonly limits?: Partial<ApiLimits>;
  readonly controllers?: readonly ((deps: ControllerDeps) => Controller)[];
  readonly deps?: Partial<KubeApiDeps>;
  readonly historyMaxEntries?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  // Bodies are what the test says they are.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
  readonly text: string;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly token?: string;
}

/** A whole server in this process, on a memory log, reached over TLS as the administrator unless a call says otherwise. */
export interface ApiUnderTest {
  readonly url: string;
  readonly store: ObjectStore;
  readonly kinds: KindRegistry;
  readonly reports: readonly ApiReport[];
  readonly caPem: string;
  readonly clock: { nowMs: number };
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  create(path: string, object: unknown): Promise<KubeObject>;
  /** Opens a watch; `next` waits for the next event. */
  watch(path: string, headers?: Readonly<Record<string, string>>): Promise<WatchUnderTest>;
  http2(): ClientHttp2Session;
  idle(): Promise<void>;
  close(): Promise<void>;
}

export interface WatchUnderTest {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any
  next(): Promise<any>;
  close(): void;
}

export const adminToken = 'admin-token';
export const mergePatch = { 'content-type': 'application/merge-patch+json' };

export async function startApi(options: ApiUnderTestOptions = {}): Promise<ApiUnderTest> {
  const clock = { nowMs: Date.parse('2026-01-02T03:04:05Z') };
  const now = (): number => clock.nowMs;
  const stopping = new AbortController();
  const log = await createEmbeddedLog({ historyMaxEntries: options.historyMaxEntries ?? 20_000 });
  const store = await createObjectStore({
    log,
    signal: stopping.signal,
    ...(options.historyMaxEntries === undefined
      ? {}
      : { historyWindow: { maxChanges: options.historyMaxEntries, maxBytes: 2 ** 24 } }),
  });
  const kinds = createKindRegistry([
    ...createBuiltinKinds({ readDocument: readOpenApiDocument }),
    ...createKarmadaKinds(),
  ]);
  const reports: ApiReport[] = [];
  const report = (one: ApiReport): void => {
    reports.push(one);
  };
  const common = { store, kinds, now, newUid: randomUUID, report };
  await ensureObjects(common, [...bootstrapNamespaces, ...bootstrapRoles]);
  const authorizer = createRbacAuthorizer(store);
  const admin = { name: 'admin', groups: ['system:masters'] };
  const authenticator = createAuthenticator({ tokenVerifiers: [staticTokens(new Map([[adminToken, admin]]))] });
  const api = createKubeApi(
    {
      ...common,
      authenticator,
      authorizer,
      admission: [rbacEscalation(authorizer)],
      openApi: { read: readOpenApiBytes },
      ...options.deps,
    },
    { limits: { bookmarkIntervalMs: 50, freshnessTimeoutMs: 100, ...options.limits } },
  );
  const ca = await createCertificateAuthority('test-ca', Date.now());
  const serving = await ca.issueServing({ commonName: 'test', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] });
  const server = await createKubeApiServer({
    api,
    tls: { ...serving, clientCaPem: ca.keyPair.certPem },
    host: '127.0.0.1',
    port: 0,
  });
  const controllers = (options.controllers ?? []).map((create) => create(common));
  for (const controller of controllers) controller.start();
  const caPem = ca.keyPair.certPem;
  const url = `https://127.0.0.1:${server.port}`;
  const agent = new Agent({ connect: { ca: caPem }, bodyTimeout: 0 });
  const sessions: ClientHttp2Session[] = [];

  async function call(
    method: string,
    path: string,
    { body, headers, token = adminToken }: CallOptions = {},
  ): Promise<Answer> {
    const isText = typeof body === 'string';
    const response = await request(`${url}${path}`, {
      method: method as 'GET',
      dispatcher: agent,
      headers: {
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
    });
    const text = await response.body.text();
    return { status: response.statusCode, headers: response.headers, text, body: parsed(text) };
  }

  return {
    url,
    store,
    kinds,
    reports,
    caPem,
    clock,
    call,
    async create(path, object) {
      const { status, body } = await call('POST', path, { body: object });
      if (status !== 201) throw new Error(`create answered ${status}: ${JSON.stringify(body)}`);
      return body as KubeObject;
    },
    async watch(path, headers = {}) {
      const stop = new AbortController();
      const response = await request(`${url}${path}`, {
        dispatcher: agent,
        headers: { authorization: `Bearer ${adminToken}`, ...headers },
        signal: stop.signal,
      });
      const lines = linesOf(response.body);
      return {
        status: response.statusCode,
        async next() {
          const { value, done } = await lines.next();
          return done === true ? undefined : JSON.parse(value);
        },
        close: () => stop.abort(),
      };
    },
    http2() {
      const session = connect(url, { ca: caPem });
      sessions.push(session);
      return session;
    },
    async idle() {
      for (const controller of controllers) {
        // oxlint-disable-next-line no-await-in-loop
        await controller.idle();
      }
    },
    async close() {
      for (const controller of controllers) controller.stop();
      for (const session of sessions) session.destroy();
      await server.close(100);
      await agent.destroy();
      authorizer.close();
      stopping.abort();
      await log.close();
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function* linesOf(body: AsyncIterable<Buffer>): AsyncGenerator<string, undefined> {
  let rest = '';
  try {
    for await (const chunk of body) {
      rest += chunk.toString('utf8');
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      yield* lines.filter((line) => line !== '');
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
  return undefined;
}

export function configMap(
  name: string,
  data: Readonly<Record<string, string>> = {},
  labels?: Readonly<Record<string, string>>,
): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...(labels === undefined ? {} : { labels }) }, data };
}

export function deployment(name: string, replicas = 1): object {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'nginx:1.27' }] } },
    },
  };
}
