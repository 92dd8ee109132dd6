import { logLevels } from '../logger.ts';
import { duration, integer, number, oneOf, optional, text } from './config-field.ts';

/** What every process of the platform can be told. */
export const processSchema = {
  logLevel: oneOf(logLevels, {
    variable: 'FLOTILLA_LOG_LEVEL',
    help: 'Least important lines that are logged.',
    default: 'info',
  }),
  logFile: optional(text({ variable: 'FLOTILLA_LOG_FILE', help: 'File that gets the log instead of standard error.' })),
  healthHost: text({
    variable: 'FLOTILLA_HEALTH_HOST',
    help: 'Address that health and metrics are served on.',
    default: '0.0.0.0',
  }),
  healthPort: integer({
    variable: 'FLOTILLA_HEALTH_PORT',
    help: 'Port of /livez, /readyz and /metrics.',
    default: '8081',
    min: '0',
    max: '65535',
  }),
  stopDeadlineMs: duration({
    variable: 'FLOTILLA_STOP_DEADLINE',
    help: 'How long the process may take to end what it began; less than the grace period of its pod.',
    default: '25s',
    min: '1s',
    max: '10m',
  }),
  otlpEndpoint: optional(
    text({
      variable: 'OTEL_EXPORTER_OTLP_ENDPOINT',
      help: 'Collector that traces are sent to by OTLP over HTTP, as http://collector:4318.',
    }),
  ),
  tracedRatio: number({
    variable: 'FLOTILLA_TRACED_RATIO',
    help: 'Share of traces that are recorded, of those that begin here.',
    default: '0.1',
    min: '0',
    max: '1',
  }),
};
