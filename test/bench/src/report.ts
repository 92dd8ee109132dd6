import Table from 'cli-table3';

import type { Conditions } from './conditions.ts';
import type { Figure, Target } from './scenario.ts';
import { summarise } from './statistics.ts';
import type { Summary } from './statistics.ts';

/** A figure with what is derived from its samples, as it is written to JSON. */
export interface ReportedFigure extends Figure, Summary {
  /** Median by the floor's median. */
  readonly ratio?: number;
  readonly isTargetMet?: boolean;
}

export interface Report {
  readonly scenario: string;
  readonly conditions: Conditions;
  readonly figures: readonly ReportedFigure[];
}

export function createReport(scenario: string, conditions: Conditions, figures: readonly Figure[]): Report {
  return { scenario, conditions, figures: figures.map((figure) => derive(figure, figures)) };
}

function derive(figure: Figure, all: readonly Figure[]): ReportedFigure {
  const summary = summarise(figure.samples);
  const floor = all.find((candidate) => candidate.name === figure.floor);
  const ratio = floor === undefined ? undefined : summary.median / summarise(floor.samples).median;
  const { target } = figure;
  const judged = target?.of === 'ratio' ? ratio : summary.median;
  return {
    ...figure,
    ...summary,
    ...(ratio === undefined ? {} : { ratio }),
    ...(target === undefined || judged === undefined ? {} : { isTargetMet: isMet(target, judged) }),
  };
}

function isMet({ bound, value }: Target, judged: number): boolean {
  switch (bound) {
    case 'at most':
      return judged <= value;
    case 'at least':
      return judged >= value;
    case 'within':
      return Math.abs(judged - 1) <= value;
  }
}

export function formatReport({ scenario, conditions, figures }: Report): string {
  const table = new Table({
    head: ['figure', 'unit', 'min', 'median', 'max', '× floor', 'target'],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [] },
  });
  for (const figure of figures) {
    table.push([
      figure.name,
      figure.unit,
      formatNumber(figure.min),
      formatNumber(figure.median),
      formatNumber(figure.max),
      figure.ratio === undefined ? '' : formatNumber(figure.ratio),
      formatTarget(figure),
    ]);
  }
  const { cpuCount, cpuModel, memoryGib, node, runs, loadBefore } = conditions;
  const machine = `${cpuCount} × ${cpuModel}, ${memoryGib} GiB, Node ${node}, ${runs} runs, load before ${loadBefore}`;
  return `${scenario}: ${machine}\n${table.toString()}`;
}

function formatTarget({ target, isTargetMet }: ReportedFigure): string {
  if (target === undefined) return '';
  return `${describeTarget(target)}: ${isTargetMet === true ? 'met' : 'missed'}`;
}

function describeTarget({ of, bound, value }: Target): string {
  if (bound === 'within') return `± ${Math.round(value * 100)} %`;
  return `${bound} ${of === 'ratio' ? `${value} × floor` : formatNumber(value)}`;
}

/** Three significant digits, and no decimals from a hundred on. */
function formatNumber(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
