import { replicaSchema } from '@flotilla/replica/replica-config';
import { flag, integer, text } from '@flotilla/runtime/config/config-field';

export const configSchema = {
  ...replicaSchema,
  host: text({ variable: 'FLOTILLA_HOST', help: 'Address of the Kubernetes endpoint.', default: '0.0.0.0' }),
  port: integer({
    variable: 'FLOTILLA_PORT',
    help: 'Port of the Kubernetes endpoint; 0 is any that is free.',
    default: '7443',
    min: '0',
    max: '65535',
  }),
  pkiDirectory: text({
    variable: 'FLOTILLA_PKI_DIR',
    help: 'Folder with ca.crt, serving.crt, serving.key, admin.crt, admin.key and service-account.key, the same for all replicas; read only.',
    default: '/etc/flotilla/pki',
  }),
  isAuditing: flag({
    variable: 'FLOTILLA_AUDIT',
    help: 'One line of the log for each change asked for.',
    default: 'false',
  }),
};
