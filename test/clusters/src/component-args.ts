import type { KeyPair } from './certificates.ts';

/** The files of a member and what is in them that others need. */
export interface MemberFiles {
  /** Absolute path of a file in the member's folder. */
  readonly path: (file: string) => string;
  readonly kubeconfigPath: string;
  readonly admin: KeyPair;
  readonly adminToken: string;
  readonly caPem: string;
}

export interface ApiserverInput {
  readonly files: MemberFiles;
  readonly port: number;
  readonly etcdUrl: string;
  readonly etcdPrefix: string;
}

export function apiserverArgs({ files, port, etcdUrl, etcdPrefix }: ApiserverInput): readonly string[] {
  return [
    `--etcd-servers=${etcdUrl}`,
    `--etcd-prefix=${etcdPrefix}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    '--endpoint-reconciler-type=none',
    `--tls-cert-file=${files.path('serving.crt')}`,
    `--tls-private-key-file=${files.path('serving.key')}`,
    `--client-ca-file=${files.path('ca.crt')}`,
    `--token-auth-file=${files.path('tokens.csv')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${files.path('service-account.pub')}`,
    `--service-account-signing-key-file=${files.path('service-account.key')}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    '--authorization-mode=RBAC',
    '--allow-privileged=true',
  ];
}

/** With the default of 20 requests a second the manager stalls for minutes under a burst. */
export function controllerManagerArgs(files: MemberFiles): readonly string[] {
  return [
    `--kubeconfig=${files.kubeconfigPath}`,
    '--leader-elect=false',
    '--secure-port=0',
    '--kube-api-qps=200',
    '--kube-api-burst=400',
    `--root-ca-file=${files.path('ca.crt')}`,
    `--service-account-private-key-file=${files.path('service-account.key')}`,
    `--cluster-signing-cert-file=${files.path('ca.crt')}`,
    `--cluster-signing-key-file=${files.path('ca.key')}`,
  ];
}

export function schedulerArgs(files: MemberFiles): readonly string[] {
  return [`--kubeconfig=${files.kubeconfigPath}`, '--leader-elect=false', '--secure-port=0'];
}

export function kwokArgs(files: MemberFiles, stagesPath: string): readonly string[] {
  return [
    `--kubeconfig=${files.kubeconfigPath}`,
    '--manage-all-nodes=true',
    `--config=${stagesPath}`,
    '--node-lease-duration-seconds=40',
  ];
}
