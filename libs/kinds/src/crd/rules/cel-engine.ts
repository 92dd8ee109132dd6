/**
 * The one place that knows the CEL implementation. It takes a tenth of a second and some 30 MB to load, so it is loaded when the first rule is compiled: most
 * processes never see one.
 */
import { createRequire } from 'node:module';
import { kubernetesFunctions } from './cel-library.ts';
import type * as Cel from '@bufbuild/cel';
import type * as CelExtensions from '@bufbuild/cel/ext';
import type * as Protobuf from '@bufbuild/protobuf';
import type * as WellKnown from '@bufbuild/protobuf/wkt';

export type RuleValue = Cel.CelInput;

export type RuleOutcome =
  { readonly kind: 'value'; readonly value: unknown } | { readonly kind: 'error'; readonly message: string };

export type CompiledExpression =
  | {
      readonly kind: 'ready';
      /** Whether the expression speaks of the former value. */
      readonly readsOld: boolean;
      /** How deep loops over collections are nested. */
      readonly loopDepth: number;
      evaluate(bindings: Readonly<Record<string, RuleValue>>): RuleOutcome;
    }
  /** Well-formed, but of something that is not implemented here. */
  | { readonly kind: 'unsupported' }
  | { readonly kind: 'invalid'; readonly message: string };

interface Engine {
  readonly cel: typeof Cel;
  readonly env: Cel.CelEnv;
  readonly protobuf: typeof Protobuf;
  readonly wellKnown: typeof WellKnown;
}

let loaded: Engine | undefined;

function engine(): Engine {
  if (loaded === undefined) {
    const load = createRequire(import.meta.url);
    const cel = load('@bufbuild/cel') as typeof Cel;
    const { strings } = load('@bufbuild/cel/ext') as typeof CelExtensions;
    loaded = {
      cel,
      env: cel.celEnv({ funcs: [...strings, ...kubernetesFunctions(cel)] }),
      protobuf: load('@bufbuild/protobuf') as typeof Protobuf,
      wellKnown: load('@bufbuild/protobuf/wkt') as typeof WellKnown,
    };
  }
  return loaded;
}

export function momentValue(epochMs: number): RuleValue {
  return engine().wellKnown.timestampFromMs(epochMs);
}

const secondNanos = 1_000_000_000n;

export function spanValue(nanos: bigint): RuleValue {
  const { protobuf, wellKnown } = engine();
  const parts = { seconds: nanos / secondNanos, nanos: Number(nanos % secondNanos) };
  return protobuf.create(wellKnown.DurationSchema, parts);
}

/** Optional field and index selection, which the implementation cannot read. */
const optionalSyntax = /\.\s*\?|\[\s*\?/;

/** Ten times the length of what people write; reading a longer one would take the process from others. */
const expressionLengthMax = 32 * 1024;

/** Never throws. */
export function compileExpression(text: string): CompiledExpression {
  if (text.length > expressionLengthMax) return { kind: 'unsupported' };
  try {
    return compileParsed(text);
  } catch (error) {
    // A syntax error, or an expression nested deeper than the stack.
    if (optionalSyntax.test(text)) return { kind: 'unsupported' };
    return { kind: 'invalid', message: messageOf(error) };
  }
}

function compileParsed(text: string): CompiledExpression {
  const { cel, env } = engine();
  const parsed = cel.parse(text);
  const facts = factsOf(parsed.expr, env);
  if (!facts.isSupported) return { kind: 'unsupported' };
  const run = cel.plan(env, parsed) as (bindings: Readonly<Record<string, RuleValue>>) => unknown;
  return {
    kind: 'ready',
    readsOld: facts.readsOld,
    loopDepth: facts.loopDepth,
    evaluate(bindings) {
      try {
        const value = run(bindings);
        return cel.isCelError(value) ? { kind: 'error', message: wordsOf(value.message) } : { kind: 'value', value };
      } catch (error) {
        return { kind: 'error', message: messageOf(error) };
      }
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Errors as kube-apiserver words them. */
function wordsOf(message: string): string {
  const missing = /^field not found: (.*)$/.exec(message)?.[1];
  if (missing !== undefined) return `no such key: ${missing}`;
  return message === 'int divide by zero' ? 'division by zero' : message;
}

interface Facts {
  readonly isSupported: boolean;
  readonly readsOld: boolean;
  readonly loopDepth: number;
}

type Expression = ReturnType<typeof Cel.parse>['expr'];

function factsOf(expression: Expression | undefined, env: Cel.CelEnv): Facts {
  const kind = expression?.exprKind;
  switch (kind?.case) {
    case 'identExpr':
      return { isSupported: true, readsOld: kind.value.name === 'oldSelf', loopDepth: 0 };
    case 'selectExpr':
      return factsOf(kind.value.operand, env);
    case 'callExpr': {
      const inner = together([kind.value.target, ...kind.value.args].map((part) => factsOf(part, env)));
      return { ...inner, isSupported: inner.isSupported && isKnown(kind.value.function, env) };
    }
    case 'listExpr':
      return together(kind.value.elements.map((element) => factsOf(element, env)));
    case 'structExpr':
      return together(kind.value.entries.map((entry) => factsOf(entry.value, env)));
    case 'comprehensionExpr': {
      const { iterRange, accuInit, loopCondition, loopStep, result } = kind.value;
      const once = together([factsOf(iterRange, env), factsOf(accuInit, env), factsOf(result, env)]);
      const loop = together([factsOf(loopCondition, env), factsOf(loopStep, env)]);
      return together([once, { ...loop, loopDepth: loop.loopDepth + 1 }]);
    }
    default:
      return { isSupported: true, readsOld: false, loopDepth: 0 };
  }
}

/** Operators that aren't functions of the environment are part of the language itself. */
function isKnown(name: string, env: Cel.CelEnv): boolean {
  return /^[_@]/.test(name) || env.funcs.find(name) !== undefined;
}

function together(parts: readonly Facts[]): Facts {
  return {
    isSupported: parts.every((part) => part.isSupported),
    readsOld: parts.some((part) => part.readsOld),
    loopDepth: Math.max(0, ...parts.map((part) => part.loopDepth)),
  };
}
