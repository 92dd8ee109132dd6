/** Parsers of options and arguments that several commands take. */
import { InvalidArgumentError } from 'commander';

import { usageError } from '../errors.ts';

/** `deployment web`, `deployment/web`. */
export function kindAndName(kind: string, name: string | undefined): { readonly kind: string; readonly name: string } {
  if (name !== undefined) return { kind, name };
  const slash = kind.indexOf('/');
  if (slash > 0 && slash < kind.length - 1) return { kind: kind.slice(0, slash), name: kind.slice(slash + 1) };
  throw usageError(`which ${kind}?`, `Name it: ${kind} NAME or ${kind}/NAME`);
}

/** Seconds as a number: `30`, `0.5`, `30s`, `2m`. */
export function seconds(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(s|m)?$/.exec(text);
  if (match === null)
    throw new InvalidArgumentError('It must be a number of seconds such as 30, or a time such as 2m.');
  return Number(match[1]) * (match[2] === 'm' ? 60 : 1);
}

export function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}
