import type { ApiReport } from '@flotilla/kubeapi/api-report';
import { LostRace } from '@flotilla/kubeapi/controllers/controller';
import type { LogReport } from '@flotilla/log/log-report';
import type { Report } from '@flotilla/runtime/logger';
import type { createSimulatedMember } from '@flotilla/simulator/simulated-member';

type SimulatorReport = Parameters<Parameters<typeof createSimulatedMember>[0]['report']>[0];
type Reporter = (report: Report) => void;

export function reportLog(reporter: Reporter): (event: LogReport) => void {
  return (event) => {
    const { kind, level, ...fields } = event;
    reporter({ level, message: `log: ${kind}`, fields: withErrorText(fields) });
  };
}

export function reportApi(reporter: Reporter): (report: ApiReport) => void {
  return ({ kind, ...fields }) =>
    reporter({
      level: levelOf(kind, fields),
      message: `api: ${kind}`,
      fields: withErrorText(fields),
    });
}

function levelOf(kind: ApiReport['kind'], fields: Readonly<Record<string, unknown>>): Report['level'] {
  if (kind === 'audit') return 'info';
  // A lost race is tried again from fresh state: part of the protocol, no error.
  if (fields['error'] instanceof LostRace) return 'debug';
  return kind === 'watch-too-slow' ? 'warn' : 'error';
}

export function reportSimulator(reporter: Reporter): (event: SimulatorReport) => void {
  return ({ kind, ...fields }) => {
    const isQuiet = kind === 'recovered' || kind === 'snapshot-written' || kind === 'audit';
    reporter({ level: isQuiet ? 'debug' : 'warn', message: `member: ${kind}`, fields: withErrorText(fields) });
  };
}

/** Errors do not survive JSON: their stack goes in instead. */
function withErrorText(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { error, ...rest } = fields;
  if (error === undefined) return rest;
  return { ...rest, error: error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error) };
}
