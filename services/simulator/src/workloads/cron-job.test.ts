import type { KubeObject } from '@flotilla/kinds/kube-object';
import { describe, expect, it } from 'vitest';
import { createHandDrivenCluster, type HandDrivenCluster } from '../contract/hand-driven-cluster.ts';
import { statusOf } from '../contract/manifests.ts';
import { cronJobs, jobs } from '../model/resources.ts';

const minuteMs = 60_000;
const startMs = Date.UTC(2026, 0, 1, 12, 0, 30);

function cronJob(spec: object = {}, annotations: object = {}): KubeObject {
  const template = {
    metadata: { annotations },
    spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'image' }] },
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'tick' },
    spec: {
      schedule: '* * * * *',
      concurrencyPolicy: 'Allow',
      successfulJobsHistoryLimit: 2,
      failedJobsHistoryLimit: 1,
      jobTemplate: { spec: { template } },
      ...spec,
    },
  };
}

function runs(cluster: HandDrivenCluster): readonly (string | undefined)[] {
  return cluster
    .list(jobs)
    .map(({ metadata }) => metadata.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp']);
}

describe('CronJob', () => {
  it('starts a Job at each time and keeps the last ones', async () => {
    await using cluster = await createHandDrivenCluster({ startMs });
    await cluster.create(cronJobs, cronJob());
    await cluster.pass(25_000);
    expect(runs(cluster)).toEqual([]);
    await cluster.pass(4 * minuteMs);
    expect(runs(cluster)).toEqual(['2026-01-01T12:03:00Z', '2026-01-01T12:04:00Z']);
    expect(statusOf(cluster.get(cronJobs, 'tick'))).toMatchObject({
      lastScheduleTime: '2026-01-01T12:04:00Z',
      lastSuccessfulTime: '2026-01-01T12:04:00Z',
    });
  });

  it('leaves times out while the last run goes on, when it forbids concurrency', async () => {
    await using cluster = await createHandDrivenCluster({ startMs });
    await cluster.create(
      cronJobs,
      cronJob({ concurrencyPolicy: 'Forbid' }, { 'simulator.flotilla.io/run-seconds': '90' }),
    );
    await cluster.pass(100_000);
    expect(runs(cluster)).toEqual(['2026-01-01T12:01:00Z']);
  });

  it('does nothing while it is suspended', async () => {
    await using cluster = await createHandDrivenCluster({ startMs });
    await cluster.create(cronJobs, cronJob({ suspend: true }));
    await cluster.pass(3 * minuteMs);
    expect(runs(cluster)).toEqual([]);
  });
});
