import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import { rbacEscalation } from '@flotilla/kubeapi/admission/rbac-escalation';
import type { Report } from '@flotilla/kubeapi/api-report';
import { createAuthenticator } from '@flotilla/kubeapi/authentication/authenticator';
import {
  createServiceAccountTokens,
  type ServiceAccountTokens,
} from '@flotilla/kubeapi/authentication/service-account-tokens';
import { staticTokens } from '@flotilla/kubeapi/authentication/token-verifier';
import { createRbacAuthorizer } from '@flotilla/kubeapi/authorization/rbac';
import { bootstrapNamespaces, bootstrapRoles } from '@flotilla/kubeapi/bootstrap/bootstrap-objects';
import { ensureObjects } from '@flotilla/kubeapi/bootstrap/ensure-objects';
import { LostRace, type Controller, type ControllerDeps } from '@flotilla/kubeapi/controllers/controller';
import { createEventExpiry } from '@flotilla/kubeapi/controllers/event-expiry';
import { createNamespaceController } from '@flotilla/kubeapi/controllers/namespace-controller';
import { createRoleAggregation } from '@flotilla/kubeapi/controllers/role-aggregation';
import { createServiceAccountController } from '@flotilla/kubeapi/controllers/service-account-controller';
import { createCustomResourceController } from '@flotilla/kubeapi/custom-resources/custom-resource-controller';
import { createDefinedKinds } from '@flotilla/kubeapi/custom-resources/defined-kinds';
import { createGarbageCollector } from '@flotilla/kubeapi/garbage-collection/garbage-collector';
import { createKubeApi, type KubeApi } from '@flotilla/kubeapi/kube-api';
import { createKubeApiServer, type KubeApiServer } from '@flotilla/kubeapi/kube-api-server';
import { namespaceFinalize } from '@flotilla/kubeapi/subresources/namespace-finalize';
import { podBinding, podEviction } from '@flotilla/kubeapi/subresources/pod-actions';
import { tokenRequest } from '@flotilla/kubeapi/subresources/token-request';
import { createKindRegistry } from '@flotilla/kinds/kind-registry';
import type { ObjectStore } from '@flotilla/store/object-store';
import { createTokenSecretController } from './accounts/token-secrets.ts';
import type { MemberIdentity } from './member-identity.ts';
import { createServiceAddresses } from './network/service-addresses.ts';
import { podAdmission } from './pods/pod-admission.ts';
import type { SimulatedMemberDeps, SimulatedMemberOptions } from './simulated-member-options.ts';
import type { Stops } from './stops.ts';

const issuer = 'https://kubernetes.default.svc';

/** Serves a member's API over its store. Resolves when it listens. */
export async function serveMember(
  deps: SimulatedMemberDeps,
  options: SimulatedMemberOptions,
  store: ObjectStore,
  identity: MemberIdentity,
  stops: Stops,
): Promise<KubeApiServer> {
  const { now, newUid } = deps;
  const shared: ControllerDeps = {
    store,
    kinds: createKindRegistry(deps.kinds),
    now,
    newUid,
    report: withoutLostRaces(deps.report),
  };
  await ensureObjects(shared, [...bootstrapNamespaces, ...bootstrapRoles]);
  const authorizer = createRbacAuthorizer(store);
  stops.add(() => {
    authorizer.close();
  });
  const tokens = createTokens(store, identity, deps);
  const admin = { name: 'kubernetes-admin', groups: ['system:masters'] };
  const authenticator = createAuthenticator({
    tokenVerifiers: [staticTokens(new Map([[identity.adminToken, admin]])), tokens],
  });
  const addresses = createServiceAddresses(store);
  stops.add(() => {
    addresses.close();
  });
  const api = createKubeApi({
    ...shared,
    authenticator,
    authorizer,
    openApi: deps.openApi,
    admission: [rbacEscalation(authorizer), podAdmission, addresses],
    subresources: [tokenRequest(tokens), namespaceFinalize, podEviction, podBinding],
  });
  startApiControllers(deps, options, shared, tokens, stops);
  const server = await listen(api, options, identity.port);
  stops.add(() => server.close());
  return server;
}

/** Losing a race to another controller and looking again is how they all work together: nothing to tell anybody. */
function withoutLostRaces(report: Report): Report {
  return (event) => {
    if (event.kind !== 'controller-error' || !(event.error instanceof LostRace)) report(event);
  };
}

/** The port that clients of the last run know comes first; when somebody has it now, any other. */
async function listen(api: KubeApi, options: SimulatedMemberOptions, lastPort: number): Promise<KubeApiServer> {
  const { certPem, keyPem, caPem } = options.tls;
  const common = { api, tls: { certPem, keyPem, clientCaPem: caPem }, host: options.host ?? '127.0.0.1' };
  const { port = 0 } = options;
  if (port !== 0 || lastPort === 0) return createKubeApiServer({ ...common, port });
  try {
    return await createKubeApiServer({ ...common, port: lastPort });
  } catch {
    return createKubeApiServer({ ...common, port: 0 });
  }
}

function createTokens(
  store: ObjectStore,
  identity: MemberIdentity,
  { now, newUid }: SimulatedMemberDeps,
): ServiceAccountTokens {
  const privateKey = createPrivateKey(identity.serviceAccountKeyPem);
  return createServiceAccountTokens(store, {
    issuer,
    audience: issuer,
    privateKey,
    publicKey: createPublicKey(privateKey),
    keyId: createHash('sha256').update(identity.serviceAccountKeyPem).digest('base64url').slice(0, 16),
    now,
    newUid,
  });
}

function startApiControllers(
  { customKindsOf }: SimulatedMemberDeps,
  { tls }: SimulatedMemberOptions,
  shared: ControllerDeps,
  tokens: ServiceAccountTokens,
  stops: Stops,
): void {
  const definedKinds =
    customKindsOf === undefined ? undefined : createDefinedKinds({ ...shared, kindsOf: customKindsOf });
  // First: the controllers look at all kinds that are served.
  definedKinds?.start();
  stops.add(() => definedKinds?.stop());
  const controllers: readonly Controller[] = [
    ...(definedKinds === undefined ? [] : [createCustomResourceController({ ...shared, definedKinds })]),
    createNamespaceController(shared),
    createGarbageCollector(shared),
    createRoleAggregation(shared),
    createServiceAccountController(shared),
    createEventExpiry(shared),
    createTokenSecretController(shared, tokens, tls.caPem),
  ];
  for (const controller of controllers) {
    controller.start();
    stops.add(() => {
      controller.stop();
    });
  }
}
