import type { KubeObject } from '@flotilla/kinds/kube-object';

import { CliError, StatusError } from '../errors.ts';
import { createKubeClient } from '../kube-client.ts';
import type { KubeClient } from '../kube-client.ts';
import type { Terminal } from '../terminal.ts';
import { waitUntil } from '../wait-until.ts';
import { makeObject, removeObject } from './make-object.ts';
import type { MemberAccess } from './member-access.ts';
import { accountNamespace, memberAccount } from './member-account.ts';
import type { MemberAccount } from './member-account.ts';
import type { UndoStack } from './undo-stack.ts';

export interface AccountToken {
  readonly token: string;
  /** Absent: it does not expire. */
  readonly expiresAt?: string;
}

const terminatingTimeoutMs = 30_000;
const tokenTimeoutMs = 15_000;
const acceptedTimeoutMs = 10_000;
/** Ten years: clusters that allow less answer with less. */
const longestTokenSeconds = 10 * 365 * 24 * 3_600;

/** Makes the account and answers a token that was seen to work. */
export async function makeMemberAccount(
  terminal: Terminal,
  member: MemberAccess,
  cluster: string,
  undo: UndoStack,
): Promise<AccountToken> {
  const account = memberAccount(cluster);
  const client = member.client.detached();
  await waitWhileTerminating(terminal, member.client);
  for (const { collection, object } of account.objects) {
    terminal.signal.throwIfAborted();
    // oxlint-disable-next-line no-await-in-loop -- each needs the one before
    await makeObject(client, undo, collection, object);
  }
  const token = (await tokenOfSecret(terminal, member.client, account)) ?? (await requestedToken(client, account));
  await waitUntilAccepted(terminal, member, token.token);
  return token;
}

/** It has just been unjoined: its namespace is still going. */
async function waitWhileTerminating(terminal: Terminal, client: KubeClient): Promise<void> {
  const settled = await waitUntil(
    async () => {
      const namespace = await client.find<KubeObject>(`/api/v1/namespaces/${accountNamespace}`);
      return namespace?.metadata.deletionTimestamp === undefined ? true : undefined;
    },
    { timeoutMs: terminatingTimeoutMs, signal: terminal.signal },
  );
  if (settled === true) return;
  throw new CliError(`the cluster is still removing its namespace ${accountNamespace}`, {
    hint: 'Try again in a moment',
  });
}

/** The cluster's token controller fills the Secret; `undefined` where there is none. */
async function tokenOfSecret(
  terminal: Terminal,
  client: KubeClient,
  { paths }: MemberAccount,
): Promise<AccountToken | undefined> {
  const data = await waitUntil(
    async () => {
      const secret = await client.get<KubeObject>(paths.tokenSecret);
      const { token } = (secret['data'] ?? {}) as { readonly token?: string };
      return token === undefined || token === '' ? undefined : token;
    },
    { timeoutMs: tokenTimeoutMs, intervalMs: 100, signal: terminal.signal },
  );
  return data === undefined ? undefined : { token: Buffer.from(data, 'base64').toString('utf8') };
}

async function requestedToken(client: KubeClient, { paths }: MemberAccount): Promise<AccountToken> {
  await removeObject(client, paths.tokenSecret);
  const { body } = await client.send<KubeObject>({
    method: 'POST',
    path: `${paths.serviceAccount}/token`,
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: longestTokenSeconds },
    },
  });
  const { token, expirationTimestamp } = (body['status'] ?? {}) as {
    readonly token?: string;
    readonly expirationTimestamp?: string;
  };
  if (token === undefined) throw new CliError('the cluster gave its new service account no token');
  return { token, ...(expirationTimestamp === undefined ? {} : { expiresAt: expirationTimestamp }) };
}

/** The member's authorizer learns of new bindings a moment later. */
async function waitUntilAccepted(terminal: Terminal, { endpoint }: MemberAccess, token: string): Promise<void> {
  const { certPem: _certPem, keyPem: _keyPem, ...address } = endpoint;
  const client = createKubeClient(
    { ...address, authorization: `Bearer ${token}` },
    { signal: terminal.signal, connections: 1 },
  );
  let last: StatusError | undefined;
  try {
    const accepted = await waitUntil(
      async () => {
        try {
          await client.get('/api/v1/namespaces?limit=1');
          return true;
        } catch (error) {
          if (!(error instanceof StatusError) || (error.code !== 401 && error.code !== 403)) throw error;
          last = error;
          return undefined;
        }
      },
      { timeoutMs: acceptedTimeoutMs, intervalMs: 100, signal: terminal.signal },
    );
    if (accepted === true) return;
  } finally {
    await client.close();
  }
  throw new CliError(`the cluster does not accept the token of its new service account: ${last?.message ?? ''}`);
}
