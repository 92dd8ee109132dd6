/**
 * Status of the kinds that run pods by the dozen: their counters are reported per member and summed.
 *
 * A member's report also says which generation of its own object it has (`generation`), which of those its controller has seen (`observedGeneration`), and from which
 * generation of the template the object was made (`resourceTemplateGeneration`). Only when every member has caught up on all three does the template count as observed:
 * health checks of delivery tools wait for exactly that.
 */
import { templateGenerationAnnotation } from '@flotilla/kinds/karmada/well-known';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { fieldsOf, isFields, isSameStatus, numberAt } from './object-field.ts';
import type { Fields } from './object-field.ts';
import type { StatusItem } from './operations.ts';

export interface StatusCounters {
  /** Reported even when zero: the Kubernetes type has no omitempty there. */
  readonly always: readonly string[];
  readonly nonZero: readonly string[];
  /** `observedGeneration` is part of the report. */
  readonly reportsObservedGeneration: boolean;
}

export function reflectCounters(observed: KubeObject, counters: StatusCounters): Fields | undefined {
  const source = observed['status'];
  if (!isFields(source)) return undefined;
  const report: Record<string, unknown> = {};
  setNonZero(report, 'generation', observed.metadata.generation ?? 0);
  setNonZero(report, 'resourceTemplateGeneration', templateGenerationOf(observed));
  if (counters.reportsObservedGeneration) {
    setNonZero(report, 'observedGeneration', numberAt(source, 'observedGeneration'));
  }
  for (const name of counters.always) report[name] = numberAt(source, name);
  for (const name of counters.nonZero) setNonZero(report, name, numberAt(source, name));
  return report;
}

function templateGenerationOf(observed: KubeObject): number {
  const generation = Number(observed.metadata.annotations?.[templateGenerationAnnotation] ?? 0);
  return Number.isSafeInteger(generation) ? generation : 0;
}

export function sumCounters(template: KubeObject, items: readonly StatusItem[], counters: StatusCounters): Fields {
  const total: Record<string, unknown> = {};
  const templateGeneration = template.metadata.generation ?? 0;
  const isObserved =
    items.length === 0
      ? isScaledToZero(template)
      : items.every(({ status }) => hasCaughtUp(fieldsOf(status), templateGeneration));
  const previous = numberAt(fieldsOf(template['status']), 'observedGeneration');
  setNonZero(total, 'observedGeneration', isObserved ? templateGeneration : previous);
  for (const name of counters.always) total[name] = sumOf(items, name);
  for (const name of counters.nonZero) setNonZero(total, name, sumOf(items, name));
  return reportedOrNothing(total);
}

/** A template that nothing was reported for keeps no status at all, instead of one full of zeros. */
export function reportedOrNothing(total: Fields): Fields {
  return isSameStatus(total, undefined) ? {} : total;
}

/** Nothing is placed anywhere then, so nobody will ever report: that no member has anything is the declared state, reached. */
function isScaledToZero(template: KubeObject): boolean {
  return fieldsOf(template['spec'])['replicas'] === 0;
}

function hasCaughtUp(report: Fields, templateGeneration: number): boolean {
  return (
    numberAt(report, 'resourceTemplateGeneration') >= templateGeneration &&
    numberAt(report, 'observedGeneration') >= numberAt(report, 'generation')
  );
}

export function sumOf(items: readonly StatusItem[], name: string): number {
  let sum = 0;
  for (const { status } of items) if (status) sum += numberAt(status, name);
  return sum;
}

function setNonZero(target: Record<string, unknown>, name: string, value: number): void {
  if (value !== 0) target[name] = value;
}

/** The member's controller has seen the newest spec. */
export function isGenerationObserved(observed: KubeObject): boolean {
  return numberAt(fieldsOf(observed['status']), 'observedGeneration') === (observed.metadata.generation ?? 0);
}
