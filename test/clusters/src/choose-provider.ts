/** Where member clusters for the tests come from (pure). */

export interface ProviderFacts {
  /** `FLOTILLA_MEMBERS`. */
  readonly wish: string | undefined;
  readonly hasDockerEngine: boolean;
  /** The programs are in the cache or were built; else why not, with the remedy. */
  readonly binaries: 'available' | { readonly unavailable: string };
  /** The tests drive the platform with both. */
  readonly hasKubectlAndHelmOnPath: boolean;
}

export type ProviderChoice =
  | { readonly kind: 'processes' }
  /** `tools`: whose kubectl and Helm are used. */
  | { readonly kind: 'containers'; readonly tools: 'cache' | 'path' }
  | { readonly kind: 'none'; readonly reason: string };

/** Containers where an engine answers, unless processes are wished for; without an engine processes; else nothing, loudly. */
export function chooseProvider({
  wish = '',
  hasDockerEngine,
  binaries,
  hasKubectlAndHelmOnPath,
}: ProviderFacts): ProviderChoice {
  if (!['', 'processes', 'containers'].includes(wish)) {
    return { kind: 'none', reason: `FLOTILLA_MEMBERS is "${wish}"; it may be processes or containers` };
  }
  if (hasDockerEngine && wish !== 'processes') {
    if (binaries === 'available') return { kind: 'containers', tools: 'cache' };
    if (hasKubectlAndHelmOnPath) return { kind: 'containers', tools: 'path' };
    return {
      kind: 'none',
      reason: `a Docker engine answers, but kubectl and helm are not on the PATH, and ${binaries.unavailable}`,
    };
  }
  if (wish === 'containers')
    return { kind: 'none', reason: 'FLOTILLA_MEMBERS is containers, and no Docker engine answers' };
  if (binaries === 'available') return { kind: 'processes' };
  return { kind: 'none', reason: `${hasDockerEngine ? '' : 'no Docker engine answers, and '}${binaries.unavailable}` };
}
