/** The process around `issueKeys`: what the certificate library takes of memory (20 MiB) goes when it ends. Keys travel over the channel between the two processes alone. */
import { issueKeys } from './issue-keys.ts';
import type { KeysRequest } from './issue-keys.ts';

process.once('message', (request: KeysRequest) => {
  void issueKeys(request).then((issued) => process.send?.(issued, () => process.disconnect()));
});
