/** The parts of docker-compose.yml that tests look into, read without Compose: anchors and merge keys resolved, variables with their defaults. */
import { parse } from 'yaml';
import { readRepositoryFile } from './repository.ts';

export interface ComposeVolume {
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly read_only?: boolean;
  readonly volume?: { readonly subpath?: string };
}

export interface ComposeService {
  readonly image: string;
  readonly build?: string;
  readonly user?: string;
  readonly privileged?: boolean;
  readonly read_only?: boolean;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly profiles?: readonly string[];
  readonly restart?: string;
  readonly volumes?: readonly (string | ComposeVolume)[];
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly deploy?: {
    readonly replicas?: number;
    readonly resources?: { readonly limits?: { readonly memory?: string; readonly cpus?: string } };
  };
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

/** With `variables` as the environment of `docker compose`. */
export function readComposeFile(variables: Readonly<Record<string, string>> = {}): ComposeFile {
  const file = parse(interpolate(readRepositoryFile('docker-compose.yml'), variables), { merge: true }) as ComposeFile;
  const services = Object.entries(file.services).map(([name, service]) => [name, withTextualEnvironment(service)]);
  return { ...file, services: Object.fromEntries(services) as ComposeFile['services'] };
}

/** A number without quotes is text for the container. */
function withTextualEnvironment(service: ComposeService): ComposeService {
  const environment = Object.entries(service.environment ?? {}).map(([name, value]) => [name, String(value)]);
  return { ...service, environment: Object.fromEntries(environment) as Readonly<Record<string, string>> };
}

/** `${NAME:-default}` and `$$`; nothing else is used. */
function interpolate(text: string, variables: Readonly<Record<string, string>>): string {
  return text
    .replace(/\$\{([A-Z_]+):-([^}]*)\}/g, (_, name: string, fallback: string) => variables[name] ?? fallback)
    .replaceAll('$$', '$');
}

export function volumesOf(service: ComposeService): readonly ComposeVolume[] {
  return (service.volumes ?? []).map((volume) => {
    if (typeof volume !== 'string') return volume;
    const [source = '', target = '', mode] = volume.split(':');
    return { type: /^[./]/.test(source) ? 'bind' : 'volume', source, target, read_only: mode === 'ro' };
  });
}
