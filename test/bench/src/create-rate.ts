import type { DirectClient } from '@flotilla/test-clusters/direct-client';

import { inFlight } from './in-flight.ts';

export interface CreateRateOptions {
  readonly client: DirectClient;
  readonly path: string;
  readonly bodies: readonly string[];
  readonly inFlight: number;
  /** CPU time used so far by everything that serves the requests. */
  readonly serverCpuMs: () => number;
}

export interface CreateRate {
  readonly createsPerSecond: number;
  readonly serverCpuMsPerCreate: number;
}

/** Posts all bodies with a fixed number in flight; the same measurement for the platform's gateway and for its peer. */
export async function measureCreateRate(options: CreateRateOptions): Promise<CreateRate> {
  const { client, path, bodies } = options;
  const cpuBeforeMs = options.serverCpuMs();
  const startMs = performance.now();
  await inFlight(bodies.length, options.inFlight, async (index) => {
    await postUnread(client, path, bodies[index]);
  });
  const seconds = (performance.now() - startMs) / 1000;
  return {
    createsPerSecond: bodies.length / seconds,
    serverCpuMsPerCreate: (options.serverCpuMs() - cpuBeforeMs) / bodies.length,
  };
}

/** Posts without parsing the answer, so that the client is not what is measured. */
export async function postUnread(client: DirectClient, path: string, body: string | undefined): Promise<void> {
  const response = await client.request('POST', path, body);
  if (response.status !== 201) throw new Error(`POST ${path} answered ${response.status}: ${response.body.toString()}`);
}
