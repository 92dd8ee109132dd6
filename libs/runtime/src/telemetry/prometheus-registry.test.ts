import { describe, expect, it } from 'vitest';
import { createMetricsRegistry } from './prometheus-registry.ts';

describe('metrics', () => {
  it('are exposed as Prometheus reads them', async () => {
    const metrics = createMetricsRegistry();
    const calls = metrics.counter({ name: 'flotilla_rpc_calls_total', help: 'Calls.', labels: ['method', 'code'] });
    calls.add({ method: 'Explain', code: 'OK' });
    calls.add({ method: 'Explain', code: 'OK' }, 2);
    calls.add({ method: 'Explain', code: 'NOT_FOUND' });
    metrics.gauge({ name: 'flotilla_log_lag_entries', help: 'Lag.' }).set({}, 7.5);
    metrics.observedGauge({ name: 'flotilla_process_uptime_seconds', help: 'Uptime.' }, () => 3);
    expect((await metrics.expose()).split('\n').filter((line) => line !== '')).toEqual([
      '# HELP flotilla_rpc_calls_total Calls.',
      '# TYPE flotilla_rpc_calls_total counter',
      'flotilla_rpc_calls_total{method="Explain",code="OK"} 3',
      'flotilla_rpc_calls_total{method="Explain",code="NOT_FOUND"} 1',
      '# HELP flotilla_log_lag_entries Lag.',
      '# TYPE flotilla_log_lag_entries gauge',
      'flotilla_log_lag_entries 7.5',
      '# HELP flotilla_process_uptime_seconds Uptime.',
      '# TYPE flotilla_process_uptime_seconds gauge',
      'flotilla_process_uptime_seconds 3',
    ]);
  });

  it('of a histogram count what is up to each bound', async () => {
    const metrics = createMetricsRegistry();
    const times = metrics.histogram({ name: 'flotilla_a_b_seconds', help: 'T.', labels: ['kind'], buckets: [0.1, 1] });
    for (const value of [0.05, 0.1, 0.5, 2]) times.observe({ kind: 'x' }, value);
    expect((await metrics.expose()).split('\n').slice(2, -1)).toEqual([
      'flotilla_a_b_seconds_bucket{le="0.1",kind="x"} 2',
      'flotilla_a_b_seconds_bucket{le="1",kind="x"} 3',
      'flotilla_a_b_seconds_bucket{le="+Inf",kind="x"} 4',
      'flotilla_a_b_seconds_sum{kind="x"} 2.65',
      'flotilla_a_b_seconds_count{kind="x"} 4',
    ]);
  });

  it('without labels are there before anything happened', async () => {
    const metrics = createMetricsRegistry();
    metrics.counter({ name: 'flotilla_a_b_total', help: 'C.' });
    metrics.histogram({ name: 'flotilla_a_c_seconds', help: 'H.', buckets: [1] });
    expect(await metrics.expose()).toContain('flotilla_a_b_total 0\n');
    expect(await metrics.expose()).toContain('flotilla_a_c_seconds_count 0\n');
  });

  it('escape what labels and help hold', async () => {
    const metrics = createMetricsRegistry();
    metrics.counter({ name: 'flotilla_a_b_total', help: 'a\\b\nc', labels: ['l'] }).add({ l: 'x"y\\z\n' });
    expect(await metrics.expose()).toContain('# HELP flotilla_a_b_total a\\\\b\\nc\n');
    expect(await metrics.expose()).toContain('flotilla_a_b_total{l="x\\"y\\\\z\\n"} 1\n');
  });

  it('never go down where they count', async () => {
    const metrics = createMetricsRegistry();
    const counter = metrics.counter({ name: 'flotilla_a_b_total', help: 'C.' });
    counter.add({}, 5);
    counter.add({}, -3);
    expect(await metrics.expose()).toContain('flotilla_a_b_total 5\n');
  });

  it('asked for twice are the same', async () => {
    const metrics = createMetricsRegistry();
    for (let time = 0; time < 2; time++) metrics.counter({ name: 'flotilla_a_b_total', help: 'C.' }).add({});
    expect(await metrics.expose()).toContain('flotilla_a_b_total 2\n');
  });

  it('have a bound on their series: what comes beyond counts as other', async () => {
    const metrics = createMetricsRegistry();
    const counter = metrics.counter({ name: 'flotilla_a_b_total', help: 'C.', labels: ['name'] });
    for (let index = 0; index < 1_200; index++) counter.add({ name: `n${index}` });
    expect((await metrics.expose()).match(/^flotilla_a_b_total\{/gm)).toHaveLength(1_001);
    expect(await metrics.expose()).toContain('flotilla_a_b_total{name="other"} 200\n');
  });

  it.each(['calls_total', 'flotilla_x', 'flotilla_Calls_total', 'flotilla_a-b_total'])('are not named %s', (name) => {
    expect(() => createMetricsRegistry().counter({ name, help: 'C.' })).toThrow(/flotilla_<area>/);
  });

  it('do not change their kind or labels', () => {
    const metrics = createMetricsRegistry();
    metrics.counter({ name: 'flotilla_a_b_total', help: 'C.' });
    expect(() => metrics.gauge({ name: 'flotilla_a_b_total', help: 'C.' })).toThrow(/already/);
    expect(() => metrics.counter({ name: 'flotilla_a_b_total', help: 'C.', labels: ['x'] })).toThrow(/already/);
  });
});
