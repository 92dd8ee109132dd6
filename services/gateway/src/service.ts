import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import { join } from 'node:path';
import { kindFromCrd } from '@flotilla/kinds/crd-kind';
import type { KindRegistry } from '@flotilla/kinds/kind-definition';
import type { AdmissionPlugin } from '@flotilla/kubeapi/admission/admission';
import { rbacEscalation } from '@flotilla/kubeapi/admission/rbac-escalation';
import type { Report } from '@flotilla/kubeapi/api-report';
import { createAuthenticator } from '@flotilla/kubeapi/authentication/authenticator';
import { bootstrapTokens } from '@flotilla/kubeapi/authentication/bootstrap-tokens';
import { createServiceAccountTokens } from '@flotilla/kubeapi/authentication/service-account-tokens';
import { staticTokens } from '@flotilla/kubeapi/authentication/token-verifier';
import type { UserInfo } from '@flotilla/kubeapi/authentication/user';
import { createRbacAuthorizer } from '@flotilla/kubeapi/authorization/rbac';
import { bootstrapNamespaces, bootstrapRoles } from '@flotilla/kubeapi/bootstrap/bootstrap-objects';
import { ensureObjects } from '@flotilla/kubeapi/bootstrap/ensure-objects';
import type { ConnectHandler } from '@flotilla/kubeapi/connect/connect-handler';
import { createKubeApi, type KubeApi } from '@flotilla/kubeapi/kube-api';
import { createKubeApiServer, type KubeApiServer } from '@flotilla/kubeapi/kube-api-server';
import { createDefinedKinds } from '@flotilla/kubeapi/custom-resources/defined-kinds';
import type { ApiLimits } from '@flotilla/kubeapi/limits';
import type { HealthCheck } from '@flotilla/kubeapi/paths/health';
import type { StoredOpenApi } from '@flotilla/kubeapi/paths/open-api';
import type { VirtualResource } from '@flotilla/kubeapi/read/object-source';
import { namespaceFinalize } from '@flotilla/kubeapi/subresources/namespace-finalize';
import { tokenRequest } from '@flotilla/kubeapi/subresources/token-request';
import type { Partitions } from '@flotilla/lease/partitions';
import type { ObjectStore } from '@flotilla/store/object-store';
import { createBackground } from './background.ts';
import { deletionProtection } from './deletion-protection.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { loadPki, type Pki } from './pki.ts';

export interface GatewayDeps {
  readonly store: ObjectStore;
  readonly kinds: KindRegistry;
  /** Decides which replica runs the background loops. */
  readonly partitions: Partitions;
  readonly now: () => number;
  readonly newUid: () => string;
  readonly report: Report;
  readonly openApi?: StoredOpenApi;
  readonly admission?: readonly AdmissionPlugin[];
  readonly virtualResources?: readonly VirtualResource[];
  readonly connectors?: readonly ConnectHandler[];
  readonly healthChecks?: readonly HealthCheck[];
  /** Resolves when the store has all that the log had at the call; absent where the store is always current. */
  readonly untilCurrent?: (signal: AbortSignal) => Promise<void>;
}

export interface GatewayOptions {
  /** `.flotilla`: gets `pki/` and `kubeconfig`. */
  readonly directory: string;
  /** Keys that others look after: nothing is written to the directory then. */
  readonly pki?: Pki;
  /** Address to listen on. */
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** Names and addresses that clients use, for the certificate. */
  readonly names?: readonly string[];
  readonly contextName?: string;
  readonly tokens?: ReadonlyMap<string, UserInfo>;
  readonly limits?: Partial<ApiLimits>;
  readonly isAuditing?: boolean;
  /** A ServiceAccount `default` in every namespace. Off: namespaces hold only what users put there. */
  readonly hasDefaultServiceAccounts?: boolean;
}

/** The Kubernetes-compatible endpoint of the control plane. */
export interface Gateway {
  readonly api: KubeApi;
  readonly pki: Pki;
  /** `https://127.0.0.1:6443`. */
  readonly url: string;
  readonly port: number;
  readonly kubeconfigPath: string;
  /** Resolves when the background loops have nothing left to do at this moment. */
  idle(): Promise<void>;
  /** Watches end at once, requests under way get up to the deadline. */
  stop(deadlineMs?: number): Promise<void>;
}

const issuer = 'https://kubernetes.default.svc';

/** Starts serving: keys, default objects, background loops, listener, kubeconfig. Rejects with a message for people when the port is taken. */
export async function createGateway(deps: GatewayDeps, options: GatewayOptions): Promise<Gateway> {
  const { store, kinds, now, newUid, report } = deps;
  const pki =
    options.pki ??
    (await loadPki({ directory: join(options.directory, 'pki'), names: options.names ?? [], nowMs: now() }));
  await ensureObjects(deps, [...bootstrapNamespaces, ...bootstrapRoles]);
  const authorizer = createRbacAuthorizer(store);
  const privateKey = createPrivateKey(pki.serviceAccountKeyPem);
  const keyId = createHash('sha256').update(pki.serviceAccountKeyPem).digest('base64url').slice(0, 16);
  const tokens = createServiceAccountTokens(store, {
    issuer,
    audience: issuer,
    privateKey,
    publicKey: createPublicKey(privateKey),
    keyId,
    now,
    newUid,
  });
  const authenticator = createAuthenticator({
    tokenVerifiers: [staticTokens(options.tokens ?? new Map()), tokens, bootstrapTokens(store, now)],
  });
  let server: KubeApiServer | undefined;
  const api = createKubeApi(
    {
      store,
      kinds,
      now,
      newUid,
      report,
      authenticator,
      authorizer,
      admission: [rbacEscalation(authorizer), deletionProtection, ...(deps.admission ?? [])],
      virtualResources: deps.virtualResources ?? [],
      connectors: deps.connectors ?? [],
      subresources: [tokenRequest(tokens), namespaceFinalize],
      healthChecks: deps.healthChecks ?? [],
      ...(deps.openApi === undefined ? {} : { openApi: deps.openApi }),
      ...(deps.untilCurrent === undefined ? {} : { untilCurrent: deps.untilCurrent }),
    },
    {
      ...(options.limits === undefined ? {} : { limits: options.limits }),
      isAuditing: options.isAuditing === true,
      serverAddress: () => (server === undefined ? '' : `${options.host}:${server.port}`),
    },
  );
  const tls = { certPem: pki.serving.certPem, keyPem: pki.serving.keyPem, clientCaPem: pki.caCertPem };
  const definedKinds = createDefinedKinds({ store, kinds, kindsOf: kindFromCrd, report });
  definedKinds.start();
  const background = createBackground(
    { store, kinds, now, newUid, report, definedKinds, partitions: deps.partitions },
    { hasDefaultServiceAccounts: options.hasDefaultServiceAccounts === true },
  );
  background.start();
  const listening = await createKubeApiServer({ api, tls, host: options.host, port: options.port }).catch(
    (error: unknown) => {
      background.stop();
      definedKinds.stop();
      api.close();
      authorizer.close();
      throw error;
    },
  );
  server = listening;
  const reachable = options.host === '0.0.0.0' || options.host === '::' ? '127.0.0.1' : options.host;
  const url = `https://${reachable.includes(':') ? `[${reachable}]` : reachable}:${listening.port}`;
  const kubeconfigPath = join(options.directory, 'kubeconfig');
  const context = options.contextName ?? 'flotilla';
  if (options.pki === undefined) {
    await writeKubeconfig({
      path: kubeconfigPath,
      contexts: [{ name: context, server: url, caCertPem: pki.caCertPem, client: pki.admin }],
      currentContext: context,
    });
  }
  return {
    api,
    pki,
    url,
    port: listening.port,
    kubeconfigPath,
    idle: () => background.idle(),
    async stop(deadlineMs) {
      background.stop();
      definedKinds.stop();
      await listening.close(deadlineMs);
      authorizer.close();
    },
  };
}
