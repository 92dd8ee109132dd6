import type { ServiceAccountTokens } from '@flotilla/kubeapi/authentication/service-account-tokens';
import { LostRace, type Controller, type ControllerDeps } from '@flotilla/kubeapi/controllers/controller';
import { ReconcileQueue } from '@flotilla/kubeapi/controllers/reconcile-queue';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { StoredObject, Subscription } from '@flotilla/store/object-store';
import { deletion, replacement } from '../model/object-write.ts';
import { secrets, serviceAccounts } from '../model/resources.ts';

interface Secret extends KubeObject {
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
}

const tokenType = 'kubernetes.io/service-account-token';
const nameAnnotation = 'kubernetes.io/service-account.name';
const uidAnnotation = 'kubernetes.io/service-account.uid';
/** Tokens kept in Secrets don't expire in Kubernetes; here they last longer than any member. */
const lifetimeSeconds = 100 * 365 * 86_400;

/** Fills Secrets of type service account token with a token, the CA certificate and the namespace. Signing takes its time, so it's apart from the other controllers. */
export function createTokenSecretController(
  deps: ControllerDeps,
  tokens: ServiceAccountTokens,
  caPem: string,
): Controller {
  const { store, report } = deps;
  const queue = new ReconcileQueue({ name: 'token-secrets', concurrency: 4, report, reconcile });
  let subscription: Subscription | undefined;

  async function reconcile(key: string): Promise<void> {
    const [namespace = '', name = ''] = key.split('/');
    const stored = store.get(secrets, namespace, name);
    if (stored === undefined || !isTokenSecret(stored)) return;
    const secret = stored.object as Secret;
    const accountName = secret.metadata.annotations?.[nameAnnotation] ?? '';
    const account = store.get(serviceAccounts, namespace, accountName);
    const uid = secret.metadata.annotations?.[uidAnnotation];
    const accountUid = account?.object.metadata.uid;
    if (uid !== undefined && uid !== accountUid) {
      // Its account is gone, and so is what the token was good for.
      await store.commit(deletion(stored, deps.now()));
      return;
    }
    if (accountUid === undefined || secret.data?.['token'] !== undefined) return;
    const { token } = await tokens.issue({
      namespace,
      name: accountName,
      uid: accountUid,
      audiences: [],
      expirationSeconds: lifetimeSeconds,
      boundObject: { kind: 'Secret', name, uid: secret.metadata.uid ?? '' },
    });
    const data = {
      ...secret.data,
      'ca.crt': encode(caPem),
      namespace: encode(namespace),
      token: encode(token),
    };
    const metadata = {
      ...secret.metadata,
      annotations: { ...secret.metadata.annotations, [uidAnnotation]: accountUid },
    };
    const result = await store.commit([replacement(stored, { ...secret, metadata, data })]);
    if (result.kind === 'conflict') throw new LostRace(`${key} has changed`);
  }

  function addAll(namespace: string): void {
    for (const secret of store.list(secrets, namespace)) if (isTokenSecret(secret)) queue.add(keyOf(secret));
  }

  return {
    start() {
      const result = store.subscribe({
        resources: [secrets, serviceAccounts],
        from: store.revision,
        onChanges(changes) {
          for (const { type, object } of changes) {
            if (object.resource.resource === 'serviceaccounts') addAll(object.namespace);
            else if (type !== 'DELETED' && isTokenSecret(object)) queue.add(keyOf(object));
          }
        },
      });
      if (result.kind === 'subscribed') subscription = result;
      for (const secret of store.list(secrets)) if (isTokenSecret(secret)) queue.add(keyOf(secret));
    },
    stop() {
      subscription?.unsubscribe();
      queue.stop();
    },
    idle: () => queue.idle(),
  };
}

function keyOf({ namespace, name }: StoredObject): string {
  return `${namespace}/${name}`;
}

function isTokenSecret({ object }: StoredObject): boolean {
  return (object as Secret).type === tokenType;
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}
