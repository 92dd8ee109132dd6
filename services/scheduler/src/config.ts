import { replicaSchema } from '@flotilla/replica/replica-config';
import { duration, integer } from '@flotilla/runtime/config/config-field';

export const configSchema = {
  ...replicaSchema,
  concurrency: integer({
    variable: 'FLOTILLA_SCHEDULER_CONCURRENCY',
    help: 'Templates in flight at the same time.',
    default: '64',
    min: '1',
    max: '1024',
  }),
  unschedulableRetryMs: duration({
    variable: 'FLOTILLA_UNSCHEDULABLE_RETRY',
    help: 'How long a workload without enough room waits when nothing changes.',
    default: '5m',
    min: '1s',
    max: '24h',
  }),
};
