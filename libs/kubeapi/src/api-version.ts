/** Body of `/version`. Clients read `gitVersion` to decide what they may use. */
export interface VersionInfo {
  readonly major: string;
  readonly minor: string;
  readonly gitVersion: string;
  readonly gitCommit: string;
  readonly gitTreeState: string;
  readonly buildDate: string;
  readonly goVersion: string;
  readonly compiler: string;
  readonly platform: string;
}

/** The Kubernetes release whose API this server speaks. */
export const servedKubernetesVersion: VersionInfo = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.3+flotilla',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: `${process.platform}/${process.arch}`,
};
