import { request } from 'node:https';

import type { Member } from '@flotilla/test-clusters/member';

export interface DeploymentSeen {
  readonly name: string;
  /** `undefined` when the object is gone. */
  readonly replicas: number | undefined;
}

const NEWLINE = 10;
const NAME_MARK = '"name":"';
const REPLICAS_MARK = '"spec":{"replicas":';
const TYPE_MARK = '{"type":"';

/**
 * Watches the Deployments of a namespace in a member; resolves as soon as the watch is open, with the function that ends
 * it. An API server under load drops watches that it could not serve fast enough: such a watch is opened again and begins
 * with what is there. Name and replicas are found by their places in what a kube-apiserver writes instead of parsing each
 * event: the measured processes share the machine with this one.
 */
export async function watchDeployments(
  member: Member,
  namespace: string,
  onSeen: (seen: DeploymentSeen) => void,
): Promise<() => void> {
  const stopped = new AbortController();
  const open = async (): Promise<OpenWatch> => openWatch(member, namespace, onSeen, stopped.signal);
  const first = await open();
  const keepOpen = async (): Promise<void> => {
    for (let current = first; ; current = await open()) {
      await current.ended;
      if (stopped.signal.aborted) return;
    }
  };
  keepOpen().catch((error: unknown) => {
    // Ended by us, or with the member at the end of a run that failed for a reason of its own.
    if (!stopped.signal.aborted) process.stderr.write(`watch of ${member.name} ended: ${String(error)}\n`);
  });
  return () => stopped.abort();
}

interface OpenWatch {
  readonly ended: Promise<void>;
}

/** Resolves when the server has begun to answer. */
async function openWatch(
  { url, caPem, adminToken }: Member,
  namespace: string,
  onSeen: (seen: DeploymentSeen) => void,
  signal: AbortSignal,
): Promise<OpenWatch> {
  const call = request(`${url}/apis/apps/v1/namespaces/${namespace}/deployments?watch=1`, {
    ca: caPem,
    agent: false,
    signal,
    headers: { authorization: `Bearer ${adminToken}`, accept: 'application/json' },
  });
  return new Promise((opened, fail) => {
    call.on('error', fail);
    call.once('response', (response) => {
      if (response.statusCode !== 200) {
        fail(new Error(`the watch answered ${response.statusCode}`));
        call.destroy();
        return;
      }
      let rest: Buffer = Buffer.alloc(0);
      response.on('data', (chunk: Buffer) => {
        rest = takeLines(rest.length === 0 ? chunk : Buffer.concat([rest, chunk]), (line) => onSeen(readEvent(line)));
      });
      response.on('error', () => undefined);
      opened({ ended: new Promise((ended) => response.once('close', ended)) });
    });
    call.end();
  });
}

/** Answers what follows the last complete line. */
function takeLines(bytes: Buffer, take: (line: Buffer) => void): Buffer {
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
    take(bytes.subarray(start, end));
    start = end + 1;
  }
  return bytes.subarray(start);
}

function readEvent(line: Buffer): DeploymentSeen {
  const type = line.toString('latin1', TYPE_MARK.length, line.indexOf('"', TYPE_MARK.length));
  if (type === 'ERROR') throw new Error(`the watch of a member failed: ${line.toString('utf8')}`);
  const nameStart = line.indexOf(NAME_MARK) + NAME_MARK.length;
  const name = line.toString('latin1', nameStart, line.indexOf('"', nameStart));
  if (type === 'DELETED') return { name, replicas: undefined };
  const replicasStart = line.indexOf(REPLICAS_MARK) + REPLICAS_MARK.length;
  return { name, replicas: Number.parseInt(line.toString('latin1', replicasStart, replicasStart + 10), 10) };
}
