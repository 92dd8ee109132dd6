import { stringify } from 'yaml';

export interface KubeconfigParts {
  readonly name: string;
  readonly url: string;
  readonly caPem: string;
  readonly token: string;
}

/** YAML of a kubeconfig with one context, named like the member. */
export function memberKubeconfig({ name, url, caPem, token }: KubeconfigParts): string {
  const certificate = Buffer.from(caPem).toString('base64');
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': name,
      clusters: [{ name, cluster: { server: url, 'certificate-authority-data': certificate } }],
      users: [{ name, user: { token } }],
      contexts: [{ name, context: { cluster: name, user: name } }],
    },
    { lineWidth: 0 },
  );
}
