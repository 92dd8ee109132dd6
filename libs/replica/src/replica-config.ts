import type { ConfigOf } from '@flotilla/runtime/config/load-config';
import { integer, optional, size, text, textList } from '@flotilla/runtime/config/config-field';

/** What every replica of a service can be told, whatever the service. */
export const replicaSchema = {
  natsUrls: textList({
    variable: 'FLOTILLA_NATS_URL',
    help: 'NATS servers that hold the log.',
    default: 'nats://127.0.0.1:4222',
  }),
  natsCaFile: optional(
    text({ variable: 'FLOTILLA_NATS_CA_FILE', help: 'Authority of the certificates of the NATS servers, in PEM.' }),
  ),
  natsCertFile: optional(
    text({ variable: 'FLOTILLA_NATS_CERT_FILE', help: 'Certificate that NATS knows this service by, in PEM.' }),
  ),
  natsKeyFile: optional(text({ variable: 'FLOTILLA_NATS_KEY_FILE', help: 'Key of that certificate, in PEM.' })),
  streamReplicas: integer({
    variable: 'FLOTILLA_NATS_REPLICAS',
    help: 'NATS servers that keep a copy of the log.',
    default: '1',
    min: '1',
    max: '5',
  }),
  replica: optional(
    text({
      variable: 'FLOTILLA_REPLICA',
      help: 'Name of this process among the replicas of its service; without one the name of the host.',
    }),
  ),
  partitionCount: integer({
    variable: 'FLOTILLA_PARTITIONS',
    help: 'Pieces that the work is divided into; the same for all replicas of a service.',
    default: '64',
    min: '1',
    max: '1024',
  }),
  sealingKeysFile: optional(
    text({
      variable: 'FLOTILLA_SEALING_KEYS_FILE',
      help: 'Key ring that Secrets are sealed with in the log, as `flotilla init` makes it; without one they are stored plain.',
    }),
  ),
  historyBytes: size({
    variable: 'FLOTILLA_HISTORY_BYTES',
    help: 'Past states kept in memory for watches that resume.',
    default: '16Mi',
    min: '1Mi',
  }),
  rpcHost: text({ variable: 'FLOTILLA_RPC_HOST', help: 'Address that gRPC is served on.', default: '0.0.0.0' }),
  rpcPort: integer({
    variable: 'FLOTILLA_RPC_PORT',
    help: 'Port of gRPC; 0 is any that is free.',
    default: '8082',
    min: '0',
    max: '65535',
  }),
  rpcCaFile: optional(
    text({ variable: 'FLOTILLA_RPC_CA_FILE', help: 'Authority of the certificates of gRPC callers, in PEM.' }),
  ),
  rpcCertFile: optional(
    text({
      variable: 'FLOTILLA_RPC_CERT_FILE',
      help: 'Certificate that gRPC is served with; without one it is served to this machine alone, in the clear.',
    }),
  ),
  rpcKeyFile: optional(text({ variable: 'FLOTILLA_RPC_KEY_FILE', help: 'Key of that certificate, in PEM.' })),
};

export type ReplicaConfig = ConfigOf<typeof replicaSchema>;
