import { CliError, StatusError } from '../errors.ts';
import type { KubeClient } from '../kube-client.ts';

const reviews = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

/** A role with all rights can only be given by somebody who has them. Asked before anything is made, so that nothing has to be taken back without the right to do so. */
export async function requireRights(client: KubeClient, url: string): Promise<void> {
  const spec = { resourceAttributes: { verb: '*', group: '*', resource: '*' } };
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec };
  try {
    const answer = await client.send<{ readonly status?: { readonly allowed?: boolean } }>({
      method: 'POST',
      path: reviews,
      body,
    });
    if (answer.body.status?.allowed === true) return;
  } catch (error) {
    // A server that cannot be asked will tell when it is used.
    if (error instanceof StatusError && (error.code === 404 || error.code === 405)) return;
    throw error;
  }
  throw new CliError(`the user of this kubeconfig is no administrator of ${url}`, {
    hint: 'Joining makes a service account with all rights there: use an administrator’s kubeconfig',
  });
}
