import { replicaSchema } from '@flotilla/replica/replica-config';

const { natsUrls, natsCaFile, natsCertFile, natsKeyFile, streamReplicas, sealingKeysFile } = replicaSchema;

export const configSchema = { natsUrls, natsCaFile, natsCertFile, natsKeyFile, streamReplicas, sealingKeysFile };
