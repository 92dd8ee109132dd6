import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { exportedMetrics, type ExportedMetric } from './exported-metrics.ts';
import { parseQuery } from './promql.ts';
import { readRepositoryFile, readYaml } from './repository.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}

interface Collector {
  readonly receivers: object;
  readonly processors: object;
  readonly exporters: object;
  readonly service: { readonly pipelines: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> };
}

const folder = 'k8s/components/monitoring';
const { groups } = readYaml<{ readonly groups: readonly { readonly rules: readonly Rule[] }[] }>(
  `${folder}/alerts.yml`,
);
const rules = groups.flatMap((group) => group.rules);
const { panels } = readYaml<{ readonly panels: readonly Panel[] }>(`${folder}/dashboard.json`);
const exported = exportedMetrics();

/** What the rules and the dashboard are ready for though no service counts it. One that does has to leave this list. */
const expectedMetrics: ReadonlyMap<string, ExportedMetric> = new Map([
  ['flotilla_propagation_latency_seconds', { kind: 'histogram', labels: [] }],
  ['flotilla_member_apply_errors_total', { kind: 'counter', labels: ['cluster', 'reason'] }],
  ['flotilla_member_reachable', { kind: 'gauge', labels: ['cluster'] }],
  ['flotilla_queue_depth_items', { kind: 'gauge', labels: ['queue'] }],
  ['flotilla_log_append_duration_seconds', { kind: 'histogram', labels: ['outcome'] }],
]);
const metrics = new Map([...expectedMetrics, ...exported]);

/** Prometheus adds these: where a sample comes from, buckets, and whether a target answered. */
const addedLabels = ['service', 'instance', 'job', 'le'];
const histogramSuffix = /_(bucket|count|sum)$/;

function unknownParts(expression: string): readonly string[] {
  // Grafana puts a duration there.
  const { selectors, groupings } = parseQuery(expression.replaceAll('$__rate_interval', '5m'));
  const problems: string[] = [];
  const labels = new Set(addedLabels);
  for (const { metric, labels: asked } of selectors) {
    const base = metrics.get(metric) ?? metrics.get(metric.replace(histogramSuffix, ''));
    if (metric !== 'up' && base === undefined) problems.push(`${metric} is exported by nothing`);
    if (base !== undefined && (base.kind === 'histogram') !== histogramSuffix.test(metric)) {
      problems.push(`${metric} is a ${base.kind}`);
    }
    const own = new Set([...addedLabels, ...(base?.labels ?? [])]);
    problems.push(...asked.filter((label) => !own.has(label)).map((label) => `${metric} has no label ${label}`));
    for (const label of own) labels.add(label);
  }
  problems.push(...groupings.filter((label) => !labels.has(label)).map((label) => `nothing has a label ${label}`));
  return problems;
}

it('expects only what nothing exports', () => {
  expect([...expectedMetrics.keys()].filter((name) => exported.has(name))).toEqual([]);
});

describe('alerts', () => {
  it.each(rules.map((rule) => [rule.alert, rule] as const))('%s asks for what is exported', (_, { expr }) => {
    expect(unknownParts(expr)).toEqual([]);
  });

  it('say how urgent they are and what is the matter', () => {
    const vague = rules.filter(
      ({ labels, annotations, for: duration }) =>
        !['warning', 'critical'].includes(labels.severity) ||
        !/^[A-Z'{].*\.$/.test(annotations.summary) ||
        !/^\d+m$/.test(duration),
    );
    expect(vague.map(({ alert }) => alert)).toEqual([]);
  });

  it('have a remedy each in docs/operations.md, which has none beside', () => {
    const described = [...readRepositoryFile('docs/operations.md').matchAll(/^\| `(Flotilla[A-Za-z]+)`/gm)];
    expect(described.map(([, name]) => name)).toEqual(rules.map(({ alert }) => alert));
  });

  it('warn before the memory limits of the manifests', () => {
    const rule = rules.find(({ alert }) => alert === 'FlotillaMemoryHigh');
    const limits = [...(rule?.expr ?? '').matchAll(/service=~?"([a-z|]+)"\} > 0\.9 \* (\d+) \* 2 \^ 20/g)].flatMap(
      ([, services = '', mebibytes]) => services.split('|').map((service) => [service, `${mebibytes}Mi`] as const),
    );
    expect(limits.map(([service]) => service).toSorted()).toEqual([
      'archiver',
      'gateway',
      'propagation',
      'registry',
      'scheduler',
    ]);
    const memoryOf = (service: string): string | undefined =>
      /limits: \{ memory: (\w+) \}/.exec(readRepositoryFile(`k8s/base/${service}.yaml`))?.[1]?.replace('1Gi', '1024Mi');
    expect(limits.filter(([service, limit]) => memoryOf(service) !== limit)).toEqual([]);
  });

  it('are the same for the Prometheus operator', async () => {
    const rule = parse(readRepositoryFile(`${folder}/prometheus-rule.yaml`)) as { readonly spec: unknown };
    expect(rule.spec, 'copy `groups` of alerts.yml').toEqual({ groups });
  });
});

describe('the dashboard', () => {
  const graphs = panels.filter(({ type }) => type !== 'row');

  it.each(graphs.map((panel) => [panel.title, panel] as const))('panel "%s" asks for what is exported', (_, panel) => {
    expect((panel.targets ?? []).flatMap(({ expr }) => unknownParts(expr))).toEqual([]);
  });

  it('has panels that say what they show, and do not overlap', () => {
    expect(graphs.filter(({ description = '' }) => description === '')).toEqual([]);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });
});

describe('the collector', () => {
  it('has a definition for every part of its pipelines', () => {
    const { service, ...parts } = readYaml<Collector>('deploy/compose/otel-collector.yml');
    for (const pipeline of Object.values(service.pipelines)) {
      for (const [kind, names] of Object.entries(pipeline)) {
        expect(Object.keys(parts[kind as keyof typeof parts])).toEqual(expect.arrayContaining([...names]));
      }
    }
  });
});
