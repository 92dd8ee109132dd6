import type { KubeObject } from '@flotilla/kinds/kube-object';

import { StatusError } from '../errors.ts';
import type { KubeClient } from '../kube-client.ts';
import type { UndoStack } from './undo-stack.ts';

export interface MadeObject {
  readonly object: KubeObject;
  readonly isNew: boolean;
}

/** Creates, or brings what is there to the wanted content. Undoing removes what is new and restores what was there. */
export async function makeObject(
  client: KubeClient,
  undo: UndoStack,
  collection: string,
  wanted: KubeObject,
): Promise<MadeObject> {
  const path = `${collection}/${encodeURIComponent(wanted.metadata.name ?? '')}`;
  const title = `${wanted.kind} ${[wanted.metadata.namespace, wanted.metadata.name].filter(Boolean).join('/')}`;
  try {
    const { body } = await client.send<KubeObject>({ method: 'POST', path: collection, body: wanted });
    undo.add(title, () => removeObject(client, path));
    return { object: body, isNew: true };
  } catch (error) {
    if (!(error instanceof StatusError) || error.status.reason !== 'AlreadyExists') throw error;
  }
  if (wanted.kind === 'Namespace') return { object: await client.get<KubeObject>(path), isNew: false };
  const before = await client.get<KubeObject>(path);
  const { metadata: _metadata, ...content } = wanted;
  const merged = { ...before, ...content, metadata: { ...before.metadata, ...kept(wanted) } };
  const { body } = await client.send<KubeObject>({ method: 'PUT', path, body: merged });
  undo.add(title, async () => {
    const { resourceVersion: _resourceVersion, ...metadata } = before.metadata;
    await client.send({ method: 'PUT', path, body: { ...before, metadata } });
  });
  return { object: body, isNew: false };
}

function kept({ metadata }: KubeObject): Pick<KubeObject['metadata'], 'labels' | 'annotations'> {
  return {
    ...(metadata.labels === undefined ? {} : { labels: metadata.labels }),
    ...(metadata.annotations === undefined ? {} : { annotations: metadata.annotations }),
  };
}

/** What is not there is removed. */
export async function removeObject(client: KubeClient, path: string): Promise<void> {
  try {
    await client.send({
      method: 'DELETE',
      path,
      body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' },
    });
  } catch (error) {
    if (!(error instanceof StatusError) || error.code !== 404) throw error;
  }
}
