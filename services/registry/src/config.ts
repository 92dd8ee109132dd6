import { replicaSchema } from '@flotilla/replica/replica-config';
import { duration } from '@flotilla/runtime/config/config-field';

export const configSchema = {
  ...replicaSchema,
  probeIntervalMs: duration({
    variable: 'FLOTILLA_PROBE_INTERVAL',
    help: 'Time between health probes of a member.',
    default: '10s',
    min: '1s',
    max: '1h',
  }),
};
