import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { apiserverArgs, controllerManagerArgs, kwokArgs, schedulerArgs } from './component-args.ts';
import type { MemberFiles } from './component-args.ts';
import { startComponent } from './component.ts';
import type { Component } from './component.ts';
import type { Binaries } from './binaries.ts';
import { createMemberCertificates } from './certificates.ts';
import { createDirectClient } from './direct-client.ts';
import type { DirectClient } from './direct-client.ts';
import { memberKubeconfig } from './kubeconfig.ts';
import { areNodesReady, createNodes } from './kwok-nodes.ts';
import type { NodeShape } from './kwok-nodes.ts';
import { findFreePorts, ownsListener } from './ports.ts';
import type { Reaper } from './reaper.ts';

export type ComponentName = 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler' | 'kwok';

/** A Kubernetes cluster of real control-plane processes. */
export interface Member {
  readonly name: string;
  /** `https://127.0.0.1:PORT`; stays the same when the API server is restarted. */
  readonly url: string;
  readonly kubeconfigPath: string;
  readonly kubeconfig: string;
  readonly adminToken: string;
  readonly caPem: string;
  /** Process ids of the components that run now. */
  readonly pids: () => Readonly<Partial<Record<ComponentName, number>>>;
  /** Ends one component, SIGKILL unless told otherwise, and waits until it is gone. It is not started again. */
  readonly kill: (component: ComponentName, signal?: NodeJS.Signals) => Promise<void>;
  /** Stops all processes of the member where they are (SIGSTOP): connections stay open and nothing answers. */
  readonly pause: () => Promise<void>;
  readonly resume: () => Promise<void>;
  /** Kills the API server if it runs, starts it on the same port and waits until it is ready. */
  readonly restartApiserver: () => Promise<void>;
  /** Ends all processes of the member; what it stored stays in etcd until the whole set is stopped. */
  readonly stop: () => Promise<void>;
}

export interface MemberOptions {
  readonly name: string;
  readonly folder: string;
  readonly etcdUrl: string;
  readonly binaries: Binaries;
  readonly reaper: Reaper;
  readonly withControllerManager: boolean;
  readonly withScheduler: boolean;
  readonly nodes: NodeShape | false;
  readonly signal?: AbortSignal | undefined;
}

const APISERVER_READY_TIMEOUT_MS = 90_000;
const CONTROLLERS_READY_TIMEOUT_MS = 60_000;
const PORT_ATTEMPTS_MAX = 3;
const PROBE_CONNECTIONS = 2;

/** Starts one member and waits until its API is ready, its controllers have begun and its nodes are Ready. */
export async function startMember(options: MemberOptions): Promise<Member> {
  const { name } = options;
  const running = new Map<ComponentName, Component>();
  const endAll = async (): Promise<void> => {
    await Promise.all([...running.values()].map(async (component) => component.kill()));
  };
  try {
    const files = await writeMemberFiles(options);
    const port = await startApiserverOnFreePort(options, files, running);
    const kubeconfig = memberKubeconfig({ ...files, name, url: urlOf(port) });
    await writeFile(files.kubeconfigPath, kubeconfig, { mode: 0o600 });
    const client = createDirectClient({
      url: urlOf(port),
      caPem: files.caPem,
      token: files.adminToken,
      connections: PROBE_CONNECTIONS,
    });
    try {
      await startControllers(options, files, running, client);
    } finally {
      await client.close();
    }
    return {
      name,
      url: urlOf(port),
      kubeconfigPath: files.kubeconfigPath,
      kubeconfig,
      adminToken: files.adminToken,
      caPem: files.caPem,
      pids: () => Object.fromEntries([...running].filter(([, c]) => c.isRunning()).map(([key, c]) => [key, c.pid])),
      kill: async (component, signal = 'SIGKILL') => {
        running.get(component)?.signal(signal);
        await running.get(component)?.ended();
      },
      pause: async () => running.forEach((component) => component.signal('SIGSTOP')),
      resume: async () => running.forEach((component) => component.signal('SIGCONT')),
      restartApiserver: async () => {
        await running.get('kube-apiserver')?.kill();
        await startApiserver(options, files, running, port);
      },
      stop: endAll,
    };
  } catch (error) {
    await endAll();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`member cluster ${name} did not start: ${reason}`, { cause: error });
  }
}

function urlOf(port: number): string {
  return `https://127.0.0.1:${port}`;
}

async function writeMemberFiles({ name, folder }: MemberOptions): Promise<MemberFiles> {
  await mkdir(folder, { recursive: true });
  const certificates = await createMemberCertificates(name);
  const adminToken = `${name}-${crypto.randomUUID()}`;
  const path = (file: string): string => join(folder, file);
  const write = async (file: string, text: string): Promise<void> => writeFile(path(file), text, { mode: 0o600 });
  await Promise.all([
    write('ca.crt', certificates.authority.certificatePem),
    write('ca.key', certificates.authority.keyPem),
    write('serving.crt', certificates.serving.certificatePem),
    write('serving.key', certificates.serving.keyPem),
    write('service-account.key', certificates.serviceAccountKeyPem),
    write('service-account.pub', certificates.serviceAccountPublicKeyPem),
    write('tokens.csv', `${adminToken},admin,admin,"system:masters"\n`),
  ]);
  return {
    path,
    kubeconfigPath: path('kubeconfig'),
    admin: certificates.admin,
    caPem: certificates.authority.certificatePem,
    adminToken,
  };
}

/** Another process may take a free port before the API server does: then the next one is tried. */
async function startApiserverOnFreePort(
  options: MemberOptions,
  files: MemberFiles,
  running: Map<ComponentName, Component>,
): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const [port = 0] = await findFreePorts(1);
    try {
      await startApiserver(options, files, running, port);
      return port;
    } catch (error) {
      const isPortTaken = error instanceof Error && error.message.includes('address already in use');
      if (!isPortTaken || attempt === PORT_ATTEMPTS_MAX) throw error;
    }
  }
}

async function startApiserver(
  options: MemberOptions,
  files: MemberFiles,
  running: Map<ComponentName, Component>,
  port: number,
): Promise<void> {
  const component = await startComponent({
    name: 'kube-apiserver',
    program: options.binaries.kubeApiserver,
    args: apiserverArgs({ files, port, etcdUrl: options.etcdUrl, etcdPrefix: `/${options.name}` }),
    logPath: files.path('kube-apiserver.log'),
    reaper: options.reaper,
  });
  running.set('kube-apiserver', component);
  const client = createDirectClient({ url: urlOf(port), caPem: files.caPem, token: files.adminToken, connections: 1 });
  const isReady = async (): Promise<boolean> => {
    if (!(await ownsListener(component.pid, port))) return false;
    return client.request('GET', '/readyz').then(
      ({ status }) => status === 200,
      () => false,
    );
  };
  try {
    await component.untilReady(isReady, { timeoutMs: APISERVER_READY_TIMEOUT_MS, signal: options.signal });
  } catch (error) {
    await component.kill();
    throw error;
  } finally {
    await client.close();
  }
}

async function startControllers(
  options: MemberOptions,
  files: MemberFiles,
  running: Map<ComponentName, Component>,
  client: DirectClient,
): Promise<void> {
  const { binaries, reaper, nodes, signal } = options;
  const start = async (name: ComponentName, program: string, args: readonly string[]): Promise<Component> => {
    const component = await startComponent({ name, program, args, logPath: files.path(`${name}.log`), reaper });
    running.set(name, component);
    return component;
  };
  const timing = { timeoutMs: CONTROLLERS_READY_TIMEOUT_MS, signal };
  const waits: Promise<void>[] = [];
  if (options.withControllerManager) {
    const manager = await start(
      'kube-controller-manager',
      binaries.kubeControllerManager,
      controllerManagerArgs(files),
    );
    waits.push(manager.untilReady(async () => hasDefaultServiceAccount(client), timing));
  }
  if (options.withScheduler) await start('kube-scheduler', binaries.kubeScheduler, schedulerArgs(files));
  if (nodes !== false) {
    await createNodes(client, options.name, nodes);
    const kwok = await start('kwok', binaries.kwok, kwokArgs(files, binaries.kwokStages));
    waits.push(kwok.untilReady(async () => areNodesReady(client, nodes), timing));
  }
  await Promise.all(waits);
}

/** The controller manager's first visible deed; without it no Pod is admitted. */
async function hasDefaultServiceAccount(client: DirectClient): Promise<boolean> {
  const { status } = await client.request('GET', '/api/v1/namespaces/default/serviceaccounts/default');
  return status === 200;
}
