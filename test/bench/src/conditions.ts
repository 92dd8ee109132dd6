import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';

/** What one has to know to compare figures. */
export interface Conditions {
  readonly startedAt: string;
  readonly runs: number;
  readonly node: string;
  readonly system: string;
  readonly cpuModel: string;
  readonly cpuCount: number;
  readonly memoryGib: number;
  /** Processes that wanted the CPU in the minute before the start: above a tenth of the CPUs, other work disturbs. */
  readonly loadBefore: number;
}

export function readConditions(runs: number): Conditions {
  const [loadBefore = 0] = loadavg();
  return {
    startedAt: new Date().toISOString(),
    runs,
    node: process.version,
    system: `${platform()} ${release()}`,
    cpuModel: cpus()[0]?.model ?? 'unknown',
    cpuCount: availableParallelism(),
    memoryGib: Math.round(totalmem() / 1024 ** 3),
    loadBefore: Math.round(loadBefore * 100) / 100,
  };
}
