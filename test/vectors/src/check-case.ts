import { differences } from './compare.ts';
import { answerInterpreterCase, type InterpreterCase } from './interpreter.ts';
import { answerOverrideCase, type OverrideCase } from './override.ts';
import { answerPlacementCase, wantedPlacement, type PlacementCase } from './placement.ts';

export interface CaseResult {
  readonly id: string;
  /** One line a difference; none = passed. */
  readonly problems: readonly string[];
}

/** `line` is one JSON object; `number` names the case when it has no id. Never throws: what goes wrong is a problem of the case. */
export function checkCase(line: string, number: number): CaseResult {
  let id = `line ${number}`;
  try {
    const recorded: unknown = JSON.parse(line);
    if (typeof recorded === 'object' && recorded !== null && 'id' in recorded) id = String(recorded.id);
    return { id, problems: problemsOf(recorded) };
  } catch (error) {
    return { id, problems: [error instanceof Error ? (error.stack ?? error.message) : String(error)] };
  }
}

function problemsOf(recorded: unknown): readonly string[] {
  if (isPlacementCase(recorded)) return differences(wantedPlacement(recorded), answerPlacementCase(recorded));
  if (isOverrideCase(recorded)) return differences(recorded.want, answerOverrideCase(recorded));
  if (isInterpreterCase(recorded)) return differences(recorded.want, answerInterpreterCase(recorded));
  return ['not a known format: neither placement, override nor interpreter'];
}

function isPlacementCase(recorded: unknown): recorded is PlacementCase {
  return hasFields(recorded, ['clusters', 'spec', 'want']);
}

function isOverrideCase(recorded: unknown): recorded is OverrideCase {
  return hasFields(recorded, ['template', 'cluster', 'policies', 'want']);
}

function isInterpreterCase(recorded: unknown): recorded is InterpreterCase {
  return hasFields(recorded, ['template', 'members', 'want']);
}

function hasFields(recorded: unknown, fields: readonly string[]): boolean {
  return typeof recorded === 'object' && recorded !== null && fields.every((field) => field in recorded);
}
