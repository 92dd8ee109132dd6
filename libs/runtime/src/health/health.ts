/** What makes a process alive and ready, named one by one. */
export interface Health {
  /** `probe` says what is wrong, or nothing. It's asked at every look, so it answers at once from what it knows. Returns how to take it out. */
  addReadiness(name: string, probe: () => string | undefined): () => void;
  /** For what only a restart can mend. A dependency that is away is no such thing: it would restart everything at once. */
  addLiveness(name: string, probe: () => string | undefined): () => void;
  readiness(): readonly CheckResult[];
  liveness(): readonly CheckResult[];
  /** From now on the process isn't ready: callers go elsewhere while it ends. */
  shutDown(): void;
}

export interface CheckResult {
  readonly name: string;
  /** Undefined: as it should be. */
  readonly problem: string | undefined;
}

export function createHealth(): Health {
  const readiness = new Map<string, () => string | undefined>();
  const liveness = new Map<string, () => string | undefined>();
  const add = (checks: typeof readiness, name: string, probe: () => string | undefined): (() => void) => {
    if (checks.has(name)) throw new Error(`there is a check ${name} already`);
    checks.set(name, probe);
    return () => void checks.delete(name);
  };
  return {
    addReadiness: (name, probe) => add(readiness, name, probe),
    addLiveness: (name, probe) => add(liveness, name, probe),
    readiness: () => resultsOf(readiness),
    liveness: () => resultsOf(liveness),
    shutDown: () => void readiness.set('shutdown', () => 'the process is ending'),
  };
}

export function isHealthy(results: readonly CheckResult[]): boolean {
  return results.every(({ problem }) => problem === undefined);
}

/** A check that fails to answer is a check that says no. */
function resultsOf(checks: ReadonlyMap<string, () => string | undefined>): readonly CheckResult[] {
  return [...checks].map(([name, probe]) => {
    try {
      return { name, problem: probe() };
    } catch (error) {
      return { name, problem: error instanceof Error ? error.message : String(error) };
    }
  });
}
