import { createDirectClient } from '@flotilla/test-clusters/direct-client';
import type { DirectClient } from '@flotilla/test-clusters/direct-client';
import type { Member } from '@flotilla/test-clusters/member';
import { processCpuMs } from '@flotilla/test-clusters/process-usage';

import { inFlight } from './in-flight.ts';

/** The concurrency per member with which a direct client is fastest. */
export const WRITES_IN_FLIGHT = 17;

/** Requests that are prepared beforehand, so that only the writing is measured. */
export interface PreparedWrite {
  readonly method: 'POST' | 'PUT';
  readonly path: string;
  readonly body: string;
}

/** A member and a client of it whose connections are open. */
export interface MemberTarget {
  readonly member: Member;
  readonly client: DirectClient;
}

export async function connectToMembers(
  members: readonly Member[],
  connections: number,
): Promise<readonly MemberTarget[]> {
  return Promise.all(
    members.map(async (member) => {
      const { url, caPem, adminToken: token } = member;
      const client = createDirectClient({ url, caPem, token, connections });
      await openConnections(client, connections);
      return { member, client };
    }),
  );
}

export async function openConnections(client: DirectClient, connections: number): Promise<void> {
  await Promise.all(Array.from({ length: connections }, async () => client.expect('GET', '/api')));
}

/** Sends to each target its writes, all targets at the same time; answers the seconds until the last is acknowledged. */
export async function writeToMembers(
  targets: readonly MemberTarget[],
  writesOf: (memberIndex: number) => readonly PreparedWrite[],
): Promise<number> {
  const prepared = targets.map(({ client }, index) => ({ client, writes: writesOf(index) }));
  const startMs = performance.now();
  await Promise.all(
    prepared.map(async ({ client, writes }) =>
      inFlight(writes.length, WRITES_IN_FLIGHT, async (index) => {
        const write = writes[index];
        if (write === undefined) return;
        const response = await client.request(write.method, write.path, write.body);
        if (response.status >= 300)
          throw new Error(`${write.path} answered ${response.status}: ${response.body.toString()}`);
      }),
    ),
  );
  return (performance.now() - startMs) / 1000;
}

/** CPU time that the members' API servers and their etcd have used so far. */
export function serversCpuMs(members: readonly Member[], etcdPid: number): number {
  const apiservers = members.map((member) => member.pids()['kube-apiserver']).filter((pid) => pid !== undefined);
  return [etcdPid, ...apiservers].reduce((sum, pid) => sum + processCpuMs(pid), 0);
}
