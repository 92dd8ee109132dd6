/** Whether the environment that a manifest gives to a service is one that the service takes. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigError, loadConfig, type ConfigSchema } from '@flotilla/runtime/config/load-config';
import { processSchema } from '@flotilla/runtime/config/process-config';
import { repositoryRoot } from './repository.ts';

/** Of Node itself, and of OpenTelemetry. */
const foreign = /^(NODE_|OTEL_)/;

/** `services/gateway/src/main.ts` → `gateway`; undefined for anything else. */
export function serviceOf(command: readonly string[] = []): string | undefined {
  return /^services\/([a-z-]+)\/src\/main\.ts$/.exec(command[0] ?? '')?.[1];
}

async function schemaOf(service: string): Promise<ConfigSchema> {
  const path = join(repositoryRoot, 'services', service, 'src', 'config.ts');
  const { configSchema } = (await import(pathToFileURL(path).href)) as { readonly configSchema: ConfigSchema };
  return { ...processSchema, ...configSchema };
}

/** What is wrong, in words; empty when the service would start with it. */
export async function settingsProblems(
  service: string,
  env: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const schema = await schemaOf(service);
  const known = new Set(
    Object.values(schema).flatMap(({ variable, isSecret }) => (isSecret ? [variable, `${variable}_FILE`] : [variable])),
  );
  const unknown = Object.keys(env).filter((name) => !known.has(name) && !foreign.test(name));
  const problems = unknown.map((name) => `${name} is no setting of ${service}`);
  try {
    loadConfig({ env, readFile: () => 'content of a file' }, schema);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.message.split('\n'));
  }
  return problems;
}
