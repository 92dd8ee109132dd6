import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { beforeAll, describe, expect, it } from 'vitest';
import { readComposeFile, volumesOf, type ComposeService, type ComposeVolume } from './compose-file.ts';
import { readRepositoryFile, repositoryRoot } from './repository.ts';
import { serviceOf, settingsProblems } from './service-settings.ts';
import { trustFiles } from './trust-files.ts';

const clusterVariables = Object.fromEntries(
  readRepositoryFile('deploy/compose/nats-cluster.env')
    .split('\n')
    .filter((line) => /^[A-Z]/.test(line))
    .map((line) => {
      const [name = '', ...value] = line.split('=');
      return [name, value.join('=')];
    }),
);
const file = readComposeFile();
const entries = Object.entries(file.services);
const services = entries.filter(([, { command }]) => serviceOf(command) !== undefined);
/** Names of those that something isn't true of. */
function unlike(holds: (service: ComposeService, name: string) => boolean): readonly string[] {
  return entries.filter(([name, service]) => !holds(service, name)).map(([name]) => name);
}
const isOneShot = (service: ComposeService): boolean => service.healthcheck?.disable === true;

describe('docker-compose.yml', () => {
  let trust: ReadonlySet<string>;
  beforeAll(async () => {
    trust = await trustFiles();
  });

  it.each(services)('starts %s with settings that it takes', async (name, { command, environment }) => {
    expect(serviceOf(command)).toBe(name);
    expect(existsSync(join(repositoryRoot, command?.[0] ?? ''))).toBe(true);
    expect(await settingsProblems(name, environment ?? {})).toEqual([]);
  });

  it.each(services)('starts %s with settings that it takes with three NATS servers, too', async (name) => {
    const { environment = {} } = readComposeFile(clusterVariables).services[name] ?? {};
    expect(environment['FLOTILLA_NATS_REPLICAS']).toBe('3');
    expect(await settingsProblems(name, environment)).toEqual([]);
  });

  it.each(services)('mounts for %s every file that it is told of', (_, service) => {
    const volumes = volumesOf(service);
    const named = Object.entries(service.environment ?? {}).filter(([name]) => /_(FILE|DIR)$/.test(name));
    expect(named.length).toBeGreaterThan(0);
    const missing: string[] = [];
    for (const [, path] of named) {
      const volume = volumes.find(({ target }) => path.startsWith(`${target}/`));
      const inTrust = join(volume?.volume?.subpath ?? '?', path.slice(volume?.target.length));
      if (![...trust].some((each) => each === inTrust || each.startsWith(`${inTrust}/`))) missing.push(inTrust);
    }
    expect(missing, 'flotilla init makes no such file').toEqual([]);
  });

  it('shows each container only folders of the trust directory that exist', () => {
    const isFolder = (path = '?'): boolean => [...trust].some((each) => each.startsWith(`${path}/`));
    const ofTrust = (service: ComposeService): readonly ComposeVolume[] =>
      volumesOf(service).filter(({ source }) => source === 'trust');
    const isNarrow = ({ volume, read_only: isReadOnly }: ComposeVolume): boolean =>
      isReadOnly === true && isFolder(volume?.subpath);
    expect(unlike((service, name) => name === 'init' || ofTrust(service).every(isNarrow))).toEqual([]);
  });

  it('pins every image', () => {
    const pinned = /^([a-z0-9./-]+:v?\d+\.\d+\.\d+[a-z0-9.-]*|flotilla:dev)$/;
    expect(unlike(({ image }) => pinned.test(image))).toEqual([]);
  });

  it('mounts only files that exist and volumes that are declared, and declares none in vain', () => {
    const used = entries.flatMap(([, service]) => volumesOf(service));
    const files = used.filter(({ type }) => type === 'bind').map(({ source }) => source);
    expect(files.filter((path) => !existsSync(join(repositoryRoot, path)))).toEqual([]);
    const named = new Set(used.filter(({ type }) => type === 'volume').map(({ source }) => source));
    expect([...named].toSorted()).toEqual(Object.keys(file.volumes).toSorted());
  });

  it('opens ports on the loopback address alone', () => {
    expect(unlike(({ ports = [] }) => ports.every((port) => port.startsWith('127.0.0.1:')))).toEqual([]);
  });

  it('has no password in it', () => {
    expect(readRepositoryFile('docker-compose.yml')).not.toMatch(/(passw(or)?d|secret|token)\s*[:=]/i);
    const isSecret = (variable: string): boolean => /PASS|SECRET|TOKEN/.test(variable);
    expect(unlike(({ environment = {} }) => !Object.keys(environment).some(isSecret))).toEqual([]);
  });

  it('limits what every container may take, and starts those again that end', () => {
    const limitsOf = ({ deploy }: ComposeService): string =>
      `${deploy?.resources?.limits?.cpus} ${deploy?.resources?.limits?.memory}`;
    expect(unlike((service) => /^\d+ \d+[MG]$/.test(limitsOf(service)))).toEqual([]);
    expect(
      unlike((service, name) => {
        if (name === 'init') return service.restart === 'no';
        return service.restart === (isOneShot(service) ? 'on-failure' : 'unless-stopped');
      }),
    ).toEqual([]);
  });

  it('gives rights beyond those of a container to k3s alone', () => {
    expect(unlike(({ privileged }) => privileged !== true)).toEqual(['member1', 'member2']);
    expect(unlike((service) => service.read_only === true)).toEqual(['member1', 'member2']);
  });

  it('waits only for what exists, is always there, and can be waited for', () => {
    const canBeWaitedFor = (name: string, condition: string): boolean => {
      const target = file.services[name];
      if (target === undefined || target.profiles !== undefined) return false;
      if (isOneShot(target)) return condition === 'service_completed_successfully';
      return condition === 'service_healthy' && target.healthcheck?.test !== undefined;
    };
    expect(
      unlike(({ depends_on: awaited = {} }) =>
        Object.entries(awaited).every(([name, { condition }]) => canBeWaitedFor(name, condition)),
      ),
    ).toEqual([]);
  });

  it('has Prometheus ask every service', () => {
    const { scrape_configs: jobs } = parse(readRepositoryFile('deploy/compose/prometheus.yml')) as {
      readonly scrape_configs: readonly {
        readonly dns_sd_configs: readonly { readonly names: readonly string[]; readonly port: number }[];
      }[];
    };
    const [found] = jobs[0]?.dns_sd_configs ?? [];
    expect(found?.port).toBe(8081);
    const lasting = services.filter(([, service]) => !isOneShot(service)).map(([name]) => name);
    expect(found?.names.toSorted()).toEqual(lasting.toSorted());
  });
});
