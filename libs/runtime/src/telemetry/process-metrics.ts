/** What a process says of itself: memory, CPU, how long its event loop is held up, and garbage collection. */
import { constants, monitorEventLoopDelay, PerformanceObserver, type PerformanceEntry } from 'node:perf_hooks';
import type { Metrics } from './metrics.ts';

/** Names of kinds of collections, by Node's number for them. */
const collections: ReadonlyMap<number, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weak-callbacks'],
]);
const loopResolutionMs = 20;
const nanosecondsPerSecond = 1e9;

/** Measures until it's stopped. */
export function measureProcess(metrics: Metrics, process: NodeJS.Process): { stop(): void } {
  const gauge = (what: string, help: string, read: () => number): void =>
    metrics.observedGauge({ name: `flotilla_process_${what}`, help }, read);
  gauge('resident_memory_bytes', 'Memory that the process holds in RAM.', () => process.memoryUsage.rss());
  gauge('heap_used_bytes', 'Memory that JavaScript objects take.', () => process.memoryUsage().heapUsed);
  gauge('external_memory_bytes', 'Memory of buffers outside the heap.', () => process.memoryUsage().external);
  gauge('cpu_seconds', 'CPU time since the start, user and system.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  gauge('uptime_seconds', 'Time since the start.', () => process.uptime());
  const delay = monitorEventLoopDelay({ resolution: loopResolutionMs });
  delay.enable();
  // The sampling interval itself is no delay.
  const delaySeconds = (nanoseconds: number): number =>
    Math.max(0, nanoseconds / nanosecondsPerSecond - loopResolutionMs / 1_000) || 0;
  gauge('event_loop_delay_p99_seconds', 'How long callbacks waited, 99th percentile since the last scrape.', () =>
    delaySeconds(delay.percentile(99)),
  );
  gauge('event_loop_delay_max_seconds', 'How long callbacks waited, longest since the last scrape.', () => {
    const longest = delaySeconds(delay.max);
    delay.reset();
    return longest;
  });
  const pauses = metrics.histogram({
    name: 'flotilla_process_gc_duration_seconds',
    help: 'Garbage collections, by kind.',
    labels: ['kind'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1],
  });
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind } = (entry as PerformanceEntry & { readonly detail: { readonly kind: number } }).detail;
      pauses.observe({ kind: collections.get(kind) ?? 'other' }, entry.duration / 1_000);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  return {
    stop() {
      delay.disable();
      observer.disconnect();
    },
  };
}
