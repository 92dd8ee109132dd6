import { replicaSchema } from '@flotilla/replica/replica-config';
import { duration, flag, integer, optional, secret, text } from '@flotilla/runtime/config/config-field';

const { natsUrls, natsCaFile, natsCertFile, natsKeyFile, streamReplicas, replica, sealingKeysFile } = replicaSchema;

export const configSchema = {
  natsUrls,
  natsCaFile,
  natsCertFile,
  natsKeyFile,
  streamReplicas,
  replica,
  sealingKeysFile,
  mongodbUrl: optional(
    secret({
      variable: 'FLOTILLA_MONGODB_URL',
      help: 'MongoDB that holds the archive; its path names the database, without one `flotilla`.',
    }),
  ),
  mongodbCaFile: optional(
    text({ variable: 'FLOTILLA_MONGODB_CA_FILE', help: 'Authority of the certificates of MongoDB, in PEM.' }),
  ),
  mongodbCertKeyFile: optional(
    text({
      variable: 'FLOTILLA_MONGODB_CERT_KEY_FILE',
      help: 'Certificate that MongoDB knows this service by, and its key, in PEM in one file.',
    }),
  ),
  mongodbConnections: integer({
    variable: 'FLOTILLA_MONGODB_CONNECTIONS',
    help: 'Connections to MongoDB at most.',
    default: '8',
    min: '1',
    max: '100',
  }),
  directory: optional(
    text({
      variable: 'FLOTILLA_ARCHIVE_DIRECTORY',
      help: 'Directory that holds the archive, in place of MongoDB. For one replica on one machine.',
    }),
  ),
  keptMs: duration({
    variable: 'FLOTILLA_ARCHIVE_KEPT',
    help: 'How long past states and decisions are kept.',
    default: '720h',
    min: '1h',
    max: '87600h',
  }),
  isRepairing: flag({
    variable: 'FLOTILLA_ARCHIVE_REPAIR',
    help: 'Whether what one of log and archive lost is written back from the other; else it is only reported.',
    default: 'true',
  }),
  verifyRate: integer({
    variable: 'FLOTILLA_ARCHIVE_VERIFY_RATE',
    help: 'Objects compared in a second.',
    default: '1000',
    min: '1',
    max: '100000',
  }),
  verifyPauseMs: duration({
    variable: 'FLOTILLA_ARCHIVE_VERIFY_PAUSE',
    help: 'Rest between two comparisons of everything.',
    default: '10m',
    min: '1s',
    max: '24h',
  }),
  sweepIntervalMs: duration({
    variable: 'FLOTILLA_ARCHIVE_SWEEP_INTERVAL',
    help: 'Time between two removals of what is older than it is kept.',
    default: '1h',
    min: '1m',
    max: '24h',
  }),
};
