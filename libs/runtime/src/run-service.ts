/**
 * The process around one service: configuration, log, telemetry, health, start, signals, end. In that order; and the end in the reverse one. A service's `main.ts` is one call of this.
 */
import { readFileSync } from 'node:fs';
import { ConfigError, effectiveConfig, loadConfig, type ConfigOf, type ConfigSchema } from './config/load-config.ts';
import { processSchema } from './config/process-config.ts';
import { createHealth, type Health } from './health/health.ts';
import { startHealthServer } from './health/health-server.ts';
import { createLogger, type Logger, type Report } from './logger.ts';
import { stopOnSignals } from './shutdown.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { measureProcess } from './telemetry/process-metrics.ts';
import { createMetricsRegistry } from './telemetry/prometheus-registry.ts';
import { noTracer, type Tracer } from './telemetry/tracer.ts';

export interface ServiceContext<S extends ConfigSchema> {
  readonly config: ConfigOf<S>;
  readonly report: (report: Report) => void;
  readonly metrics: Metrics;
  readonly tracer: Tracer;
  /** The service adds its checks. Until `start` has resolved the process isn't ready anyway. */
  readonly health: Health;
}

export interface ServiceShell<S extends ConfigSchema> {
  /** Name of the service, as scheduler. */
  readonly name: string;
  readonly version: string;
  readonly schema: S;
  /** Resolves when the service works; rejects when it can't. */
  readonly start: (context: ServiceContext<S>) => Promise<RunningService>;
}

export interface RunningService {
  /** Ends what was begun, in order. Called once. */
  stop(): Promise<void>;
}

/** Exit codes as of sysexits.h: the configuration is wrong. */
const exitConfig = 78;
const exitFailure = 1;

/** Resolves once the service works. The process ends by signal, or at once with a message when it can't begin. */
export async function runService<S extends ConfigSchema>(
  shell: ServiceShell<S>,
  process: NodeJS.Process,
): Promise<void> {
  const source = { env: process.env, readFile: (path: string): string => readFileSync(path, 'utf8') };
  const loaded = loadOrExplain(shell, source, process);
  if (loaded === undefined) return;
  const { own, config } = loaded;
  const logger = createLogger({ level: own.logLevel, ...(own.logFile === undefined ? {} : { file: own.logFile }) });
  const report = logger.reporter(shell.name);
  reportCrashes(process, logger, report);
  report({
    level: 'info',
    message: 'starting',
    fields: { version: shell.version, config: effectiveConfig(source, { ...processSchema, ...shell.schema }) },
  });
  const stops: (() => Promise<void> | void)[] = [];
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0).toReversed()) await each();
  };
  try {
    const health = createHealth();
    const metrics = createMetricsRegistry();
    const measuring = measureProcess(metrics, process);
    stops.push(() => measuring.stop());
    const { tracer, stop: stopTracing } = await createTracer(shell, own);
    stops.push(stopTracing);
    const started = health.addReadiness('start', () => 'the service is starting');
    const server = await startHealthServer(
      { health, expose: () => metrics.expose() },
      { host: own.healthHost, port: own.healthPort },
    );
    stops.push(() => server.stop());
    stopOnSignals({
      process,
      deadlineMs: own.stopDeadlineMs,
      onStopping(signal) {
        health.shutDown();
        report({ level: 'info', message: 'stopping', fields: { signal } });
      },
      onFailure: (error) => report({ level: 'error', message: 'stopping failed', fields: { cause: causeText(error) } }),
      async stop() {
        await stop();
        report({ level: 'info', message: 'stopped', fields: {} });
        logger.close();
      },
    });
    const running = await shell.start({ config, report, metrics, tracer, health });
    stops.push(() => running.stop());
    started();
    report({ level: 'info', message: 'ready', fields: { healthPort: server.port } });
  } catch (error) {
    report({ level: 'error', message: 'start failed', fields: { cause: causeText(error) } });
    process.stderr.write(`${shell.name}: ${error instanceof Error ? error.message : String(error)}\n`);
    await stop();
    logger.close();
    process.exit(exitFailure);
  }
}

function loadOrExplain<S extends ConfigSchema>(
  { name, schema }: ServiceShell<S>,
  source: Parameters<typeof loadConfig>[0],
  process: NodeJS.Process,
): { readonly own: ConfigOf<typeof processSchema>; readonly config: ConfigOf<S> } | undefined {
  try {
    // Together, so that everything wrong is said at once; the names of the two don't meet.
    const all = loadConfig(source, { ...processSchema, ...schema }) as unknown;
    return { own: all as ConfigOf<typeof processSchema>, config: all as ConfigOf<S> };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const lines = error.problems.map(({ variable, problem }) => `  ${variable} ${problem}\n`);
    process.stderr.write(`${name}: the configuration is wrong:\n${lines.join('')}`);
    process.exit(exitConfig);
    return undefined;
  }
}

/** The libraries are loaded only when there's somewhere to send traces to. */
async function createTracer(
  { name, version }: { readonly name: string; readonly version: string },
  { otlpEndpoint, tracedRatio }: ConfigOf<typeof processSchema>,
): Promise<{ readonly tracer: Tracer; readonly stop: () => Promise<void> }> {
  if (otlpEndpoint === undefined) return { tracer: noTracer, stop: () => Promise.resolve() };
  const { createOtlpTracer } = await import('./telemetry/otlp-tracer.ts');
  const tracer = createOtlpTracer({ endpoint: otlpEndpoint, service: name, version, sampledRatio: tracedRatio });
  return { tracer, stop: () => tracer.stop() };
}

/** The process ends as Node ends it; the log has the cause first. */
function reportCrashes(process: NodeJS.Process, logger: Logger, report: (report: Report) => void): void {
  process.once('uncaughtExceptionMonitor', (error) => {
    report({ level: 'error', message: 'crashed', fields: { cause: causeText(error) } });
    logger.close();
  });
}

function causeText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
