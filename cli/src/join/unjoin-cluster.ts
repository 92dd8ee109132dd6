/** `flotilla unjoin`: ask for the Cluster's deletion, wait while its workloads leave, then remove the account in the member. */
import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { endpointOf } from '@flotilla/member/endpoint';

import type { ControlPlane } from '../control-plane.ts';
import { CliError, exitCodes, failureOf } from '../errors.ts';
import { createKubeClient } from '../kube-client.ts';
import type { KubeClient, KubeEndpoint } from '../kube-client.ts';
import { withProgress } from '../output/progress.ts';
import type { Terminal } from '../terminal.ts';
import { waitUntil } from '../wait-until.ts';
import { clustersPath } from './join-cluster.ts';
import { memberAccess, memberError } from './member-access.ts';
import { removeMemberAccount } from './remove-member-account.ts';
import { remainingWorkloads } from './remaining-workloads.ts';

export interface UnjoinOptions {
  readonly wait: number;
  readonly force?: boolean;
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** Of one request to a member that leaves: it may be gone. */
const cleanUpTimeoutMs = 8_000;

export async function unjoinCluster(
  terminal: Terminal,
  controlPlane: ControlPlane,
  name: string,
  options: UnjoinOptions,
): Promise<void> {
  const { client } = controlPlane;
  const path = `${clustersPath}/${encodeURIComponent(name)}`;
  const cluster = await client.find<Cluster>(path);
  if (cluster === undefined) throw await noSuchCluster(client, name);
  // The credentials go with the Cluster: they are read first.
  const member = await memberClient(terminal, client, cluster, options);
  try {
    await client.send({ method: 'DELETE', path });
    const isGone = await waitUntilGone(terminal, client, name, path, options.wait);
    if (!isGone) await forceOrFail(client, name, path, options);
    terminal.out(
      `${terminal.outColors.green('✓')} ${name} has left${isGone ? '' : ' by force: what runs there stays there'}\n`,
    );
    await cleanUp(terminal, member, name);
  } finally {
    await member?.close();
  }
}

async function noSuchCluster(client: KubeClient, name: string): Promise<CliError> {
  const { items = [] } = await client.get<{ readonly items?: readonly Cluster[] }>(clustersPath);
  const names = items.map(({ metadata }) => metadata.name ?? '').join(', ');
  return new CliError(`there is no cluster "${name}"`, {
    exitCode: exitCodes.notFound,
    hint: names === '' ? 'No cluster has joined' : `Members are: ${names}`,
  });
}

/** With the administrator's kubeconfig when given, else with the account's own token. */
async function memberClient(
  terminal: Terminal,
  client: KubeClient,
  cluster: Cluster,
  { kubeconfig, context }: UnjoinOptions,
): Promise<KubeClient | undefined> {
  if (kubeconfig !== undefined) {
    return (await memberAccess(terminal, { kubeconfig, ...(context === undefined ? {} : { context }) })).client;
  }
  const { namespace = '', name = '' } = cluster.spec.secretRef ?? {};
  if (name === '') return undefined;
  const secret = await client.find<KubeObject>(`/api/v1/namespaces/${namespace}/secrets/${name}`);
  const endpoint = endpointOf(cluster, secret);
  if (endpoint === undefined) return undefined;
  const { caPem, clientCertPem, clientKeyPem, bearerToken, insecureSkipTlsVerify, proxyUrl } = endpoint;
  const own: KubeEndpoint = {
    url: endpoint.url,
    ...(caPem === undefined ? {} : { caPem }),
    ...(clientCertPem === undefined ? {} : { certPem: clientCertPem }),
    ...(clientKeyPem === undefined ? {} : { keyPem: clientKeyPem }),
    ...(bearerToken === undefined ? {} : { authorization: `Bearer ${bearerToken}` }),
    ...(insecureSkipTlsVerify === true ? { insecureSkipTlsVerify } : {}),
    ...(proxyUrl === undefined ? {} : { proxyUrl }),
  };
  return createKubeClient(own, { signal: terminal.signal, connections: 2, timeoutMs: cleanUpTimeoutMs });
}

async function waitUntilGone(
  terminal: Terminal,
  client: KubeClient,
  name: string,
  path: string,
  waitSeconds: number,
): Promise<boolean> {
  const gone = await withProgress(terminal, `${name} is leaving`, async (progress) =>
    waitUntil(
      async () => {
        if ((await client.find(path)) === undefined) return true;
        if (terminal.isInteractive) {
          const left = await remainingWorkloads(client, name);
          progress.show(`${name} is leaving: ${left.length} object${left.length === 1 ? '' : 's'} still there`);
        }
        return undefined;
      },
      { timeoutMs: waitSeconds * 1_000, intervalMs: 300, signal: terminal.signal },
    ),
  );
  return gone === true;
}

const namedMax = 5;

async function forceOrFail(
  client: KubeClient,
  name: string,
  path: string,
  { wait, force = false }: UnjoinOptions,
): Promise<void> {
  const left = await remainingWorkloads(client, name);
  if (force) {
    await client.send({
      method: 'PATCH',
      path,
      contentType: 'application/merge-patch+json',
      body: { metadata: { finalizers: null } },
    });
    return;
  }
  const more = left.length > namedMax ? ` and ${left.length - namedMax} more` : '';
  throw new CliError(`${name} is still leaving after ${wait} s: ${left.slice(0, namedMax).join(', ')}${more}`, {
    hint: `It goes on by itself. To wait longer: flotilla unjoin ${name} --wait 5m. If the cluster no longer exists: flotilla unjoin ${name} --force`,
  });
}

async function cleanUp(terminal: Terminal, member: KubeClient | undefined, name: string): Promise<void> {
  const note = terminal.errColors.yellow('note:');
  if (member === undefined) {
    terminal.err(`${note} its credentials are gone, so the service account in it could not be removed\n`);
    return;
  }
  try {
    if (await removeMemberAccount(member, name)) terminal.out('  its service account is removed\n');
  } catch (error) {
    const [why = ''] = failureOf(memberError(error, member)).lines;
    terminal.err(`${note} the service account karmada-${name} is left in the cluster: ${why}\n`);
  }
}
