/** The control plane as commands see it. */
import type { Command } from 'commander';

import type { Discovery } from './discovery.ts';
import type { KubeClient } from './kube-client.ts';
import type { Terminal } from './terminal.ts';

export interface ControlPlane {
  readonly client: KubeClient;
  readonly kubeconfigPath: string;
  /** From `-n`, else from the kubeconfig's context. */
  readonly namespace: string;
  /** Asked once per command. */
  discovery(): Promise<Discovery>;
  /** After the kinds changed: an applied CustomResourceDefinition. */
  rediscover(): Promise<Discovery>;
}

export interface GlobalOptions {
  readonly config?: string;
  readonly namespace?: string;
}

/** Connects, runs, disconnects. What is needed for it is loaded only now, so that `--help` and completion stay fast. */
export async function withControlPlane<Result>(
  terminal: Terminal,
  command: Pick<Command, 'optsWithGlobals'>,
  run: (controlPlane: ControlPlane) => Promise<Result>,
): Promise<Result> {
  const [{ kubeconfigPath, readControlPlaneAccess }, { createKubeClient }, { readDiscovery }] = await Promise.all([
    import('./kubeconfig.ts'),
    import('./kube-client.ts'),
    import('./discovery.ts'),
  ]);
  const options = command.optsWithGlobals<GlobalOptions>();
  const access = await readControlPlaneAccess(kubeconfigPath(options.config, terminal));
  const client = createKubeClient(access.endpoint, { signal: terminal.signal });
  let discovered: Promise<Discovery> | undefined;
  try {
    return await run({
      client,
      kubeconfigPath: access.path,
      namespace: options.namespace ?? access.namespace,
      discovery: () => (discovered ??= readDiscovery(client)),
      rediscover: () => (discovered = readDiscovery(client)),
    });
  } finally {
    await client.close();
  }
}
