/** MongoDB itself, in a container: where a Docker engine answers. */
import { GenericContainer, Wait } from 'testcontainers';

/** `FLOTILLA_MONGO_IMAGE` names a mirror's. */
const MONGO_IMAGE = 'docker.io/library/mongo:8.0';
const PORT = 27_017;

export interface MongoContainer {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

export async function startMongoContainer(env: Readonly<Record<string, string | undefined>>): Promise<MongoContainer> {
  const container = await new GenericContainer(env['FLOTILLA_MONGO_IMAGE'] ?? MONGO_IMAGE)
    .withExposedPorts(PORT)
    .withWaitStrategy(Wait.forLogMessage(/Waiting for connections/))
    .start();
  return {
    url: `mongodb://${container.getHost()}:${container.getMappedPort(PORT)}/`,
    stop: async () => {
      await container.stop();
    },
  };
}
