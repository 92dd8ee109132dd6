/** `flotilla join`: check everything, then make the account in the member, then the Cluster here; all or nothing. */
import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import { clusterSecretNamespace } from '@flotilla/kinds/karmada/well-known';
import type { KubeObject } from '@flotilla/kinds/kube-object';

import type { ControlPlane } from '../control-plane.ts';
import { CliError } from '../errors.ts';
import { withProgress } from '../output/progress.ts';
import type { Progress } from '../output/progress.ts';
import { readyCondition } from '../resources/cluster-table.ts';
import type { Terminal } from '../terminal.ts';
import { waitUntil } from '../wait-until.ts';
import { checkClusterName, clusterObject, credentialsSecret } from './cluster-object.ts';
import type { ClusterDescription } from './cluster-object.ts';
import { makeMemberAccount } from './make-member-account.ts';
import { makeObject } from './make-object.ts';
import { memberAccess, memberError } from './member-access.ts';
import type { MemberAccess, MemberAccessOptions } from './member-access.ts';
import { memberAccount } from './member-account.ts';
import { readClusterId, readMemberFacts } from './member-facts.ts';
import { requireRights } from './require-rights.ts';
import { createUndoStack } from './undo-stack.ts';
import type { UndoStack } from './undo-stack.ts';

export interface JoinOptions extends MemberAccessOptions, ClusterDescription {
  readonly wait: number;
  readonly dryRun?: boolean;
}

export const clustersPath = '/apis/cluster.karmada.io/v1alpha1/clusters';

export async function joinCluster(
  terminal: Terminal,
  controlPlane: ControlPlane,
  name: string,
  options: JoinOptions,
): Promise<void> {
  checkClusterName(name);
  const member = await memberAccess(terminal, options);
  try {
    const joined = await withProgress(terminal, `looking at ${member.endpoint.url}`, async (progress) => {
      const plan = await checked(controlPlane, member, name, options);
      if (plan.kind === 'already-joined') return plan.message;
      if (options.dryRun === true) return dryRunText(name, plan.cluster, plan.version);
      await make(terminal, controlPlane, member, plan.cluster, progress);
      return undefined;
    });
    if (joined !== undefined) terminal.out(`${joined}\n`);
    else await waitUntilReady(terminal, controlPlane, name, options.wait);
  } finally {
    await member.client.close();
  }
}

type Plan =
  | { readonly kind: 'already-joined'; readonly message: string }
  | { readonly kind: 'join'; readonly cluster: Cluster; readonly version: string };

/** Nothing is written until this has answered. */
async function checked(
  controlPlane: ControlPlane,
  member: MemberAccess,
  name: string,
  options: JoinOptions,
): Promise<Plan> {
  const { endpoint, client } = member;
  if (endpoint.serverName !== undefined && endpoint.insecureSkipTlsVerify !== true) {
    throw new CliError('the kubeconfig uses tls-server-name, which a Cluster cannot express', {
      hint: 'Use an address that the certificate of the API server names',
    });
  }
  // Before anything is asked of the member: what is wrong with the options is found without it.
  clusterObject(name, '', endpoint, options);
  const { items: clusters = [] } = await controlPlane.client.get<{ readonly items?: readonly Cluster[] }>(clustersPath);
  const { id, version } = await readMemberFacts(client).catch((error: unknown) => {
    throw memberError(error, endpoint);
  });
  const same = clusters.find((cluster) => isSame(cluster, id, endpoint.url));
  if (same?.metadata.name === name) return { kind: 'already-joined', message: `${name} has already joined` };
  if (same !== undefined) {
    throw new CliError(`this cluster has already joined as "${same.metadata.name ?? ''}"`, {
      hint: `A cluster is a member once. To rename it: flotilla unjoin ${same.metadata.name ?? ''}`,
    });
  }
  if (clusters.some(({ metadata }) => metadata.name === name)) {
    throw new CliError(`another cluster is called "${name}" already`, {
      hint: 'Choose another name; see: flotilla get clusters',
    });
  }
  if ((await readClusterId(controlPlane.client)) === id) {
    throw new CliError('this kubeconfig is of the control plane itself', {
      hint: 'Name the kubeconfig of the cluster that shall join',
    });
  }
  await requireRights(client, endpoint.url).catch((error: unknown) => {
    throw memberError(error, endpoint);
  });
  return { kind: 'join', cluster: clusterObject(name, id, endpoint, options), version };
}

/** A Cluster that was not made by joining may lack the id; then its address tells. */
function isSame({ spec }: Cluster, id: string, url: string): boolean {
  if (spec.id !== undefined && spec.id !== '') return spec.id === id;
  const { apiEndpoint = '' } = spec;
  return URL.canParse(apiEndpoint) && new URL(apiEndpoint).href === new URL(url).href;
}

async function make(
  terminal: Terminal,
  controlPlane: ControlPlane,
  member: MemberAccess,
  cluster: Cluster,
  progress: Progress,
): Promise<void> {
  const { name = '' } = cluster.metadata;
  // A write that was sent is waited for, so that it can be taken back.
  const client = controlPlane.client.detached();
  const undo = createUndoStack();
  const add = async (collection: string, object: KubeObject): Promise<void> => {
    terminal.signal.throwIfAborted();
    await makeObject(client, undo, collection, object);
  };
  try {
    progress.show(`making the service account in ${name}`);
    const { token, expiresAt } = await makeMemberAccount(terminal, member, name, undo).catch((error: unknown) => {
      throw memberError(error, member.endpoint);
    });
    progress.show(`adding ${name} to the control plane`);
    await add('/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: clusterSecretNamespace },
    });
    const secrets = `/api/v1/namespaces/${clusterSecretNamespace}/secrets`;
    await add(secrets, credentialsSecret(name, token, member.endpoint));
    await add(clustersPath, cluster);
    if (expiresAt !== undefined) {
      terminal.err(
        `${terminal.errColors.yellow('note:')} ${name} gives only tokens that expire; this one works until ${expiresAt}. Before that: flotilla unjoin ${name}, then join again.\n`,
      );
    }
  } catch (error) {
    progress.show('taking back what was made');
    await takeBack(terminal, undo);
    throw error;
  }
}

async function takeBack(terminal: Terminal, undo: UndoStack): Promise<void> {
  const failures = await undo.undoAll();
  if (failures.length === 0) return;
  terminal.err(`${terminal.errColors.yellow('note:')} not everything could be taken back:\n`);
  for (const failure of failures) terminal.err(`  ${failure}\n`);
}

async function waitUntilReady(
  terminal: Terminal,
  { client }: ControlPlane,
  name: string,
  waitSeconds: number,
): Promise<void> {
  let last: Cluster | undefined;
  const ready = await withProgress(terminal, `waiting until ${name} is ready`, () =>
    waitUntil(
      async () => {
        last = await client.find<Cluster>(`${clustersPath}/${name}`);
        return last !== undefined && readyCondition(last)?.status === 'True' ? last : undefined;
      },
      { timeoutMs: waitSeconds * 1_000, signal: terminal.signal },
    ),
  ).catch((error: unknown) => {
    if (terminal.signal.aborted) terminal.err(`${name} has joined; whether it is ready: flotilla get clusters\n`);
    throw error;
  });
  const good = terminal.outColors.green('✓');
  if (ready !== undefined) {
    terminal.out(`${good} ${name} has joined: ${ready.status?.kubernetesVersion ?? 'ready'}\n`);
    return;
  }
  if (waitSeconds === 0) {
    terminal.out(`${good} ${name} has joined; whether it is ready: flotilla get clusters\n`);
    return;
  }
  const condition = last === undefined ? undefined : readyCondition(last);
  const why =
    condition === undefined ? 'it has not been probed yet' : `${condition.reason ?? ''}: ${condition.message ?? ''}`;
  throw new CliError(`${name} has joined but is not ready after ${waitSeconds} s (${why})`, {
    hint: `It stays a member and is tried again: flotilla get clusters. To take it out: flotilla unjoin ${name}`,
  });
}

function dryRunText(name: string, cluster: Cluster, version: string): string {
  const { objects } = memberAccount(name);
  return [
    `${name} could join: Kubernetes ${version} at ${cluster.spec.apiEndpoint ?? ''}, id ${cluster.spec.id ?? ''}`,
    'made in the cluster:',
    ...objects.map(
      ({ object }) => `  ${object.kind} ${[object.metadata.namespace, object.metadata.name].filter(Boolean).join('/')}`,
    ),
    'made in the control plane:',
    `  Secret ${clusterSecretNamespace}/${name}`,
    `  Cluster ${name}`,
  ].join('\n');
}
