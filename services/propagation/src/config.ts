import { replicaSchema } from '@flotilla/replica/replica-config';

export const configSchema = { ...replicaSchema };
