/**
 * What the code exports at /metrics. Definitions are found in the sources, by their literal names; those of the process, whose names are put together, by having it measure itself.
 */
import { globSync } from 'node:fs';
import process from 'node:process';
import { measureProcess } from '@flotilla/runtime/telemetry/process-metrics';
import { noMetrics, type Metrics } from '@flotilla/runtime/telemetry/metrics';
import { readRepositoryFile, repositoryRoot } from './repository.ts';

export interface ExportedMetric {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
}

const definition = /\.(counter|gauge|observedGauge|histogram)(?:<[^>]*>)?\(\s*\{([^}]*)\}/g;

/** By name. */
export function exportedMetrics(): ReadonlyMap<string, ExportedMetric> {
  const found = new Map<string, ExportedMetric>();
  const files = globSync('{libs,services}/*/src/**/*.ts', { cwd: repositoryRoot });
  for (const file of files.filter((path) => !/\.test\.ts$|\/testing\//.test(path))) {
    for (const [, method, body = ''] of readRepositoryFile(file).matchAll(definition)) {
      const name = /\bname: '(flotilla_[a-z0-9_]+)'/.exec(body)?.[1];
      if (name === undefined) continue;
      const labels = /\blabels: \[([^\]]*)\]/.exec(body)?.[1] ?? '';
      found.set(name, {
        kind: method === 'observedGauge' ? 'gauge' : (method as ExportedMetric['kind']),
        labels: [...labels.matchAll(/'([a-z_]+)'/g)].map(([, label = '']) => label),
      });
    }
  }
  for (const [name, metric] of processMetrics()) found.set(name, metric);
  return found;
}

function processMetrics(): ReadonlyMap<string, ExportedMetric> {
  const found = new Map<string, ExportedMetric>();
  const note = (kind: ExportedMetric['kind'], name: string, labels: readonly string[] = []): void =>
    void found.set(name, { kind, labels });
  const recorder: Metrics = {
    counter(options) {
      note('counter', options.name, options.labels);
      return noMetrics.counter(options);
    },
    gauge(options) {
      note('gauge', options.name, options.labels);
      return noMetrics.gauge(options);
    },
    observedGauge: (options) => note('gauge', options.name),
    histogram(options) {
      note('histogram', options.name, options.labels);
      return noMetrics.histogram(options);
    },
  };
  measureProcess(recorder, process).stop();
  return found;
}
