/**
 * Label selectors in both forms: the `LabelSelector` object of manifests and the text of `?labelSelector=` (`a=b,c!=d,e in (x,y),!f`).
 * Both become a list of requirements, all of which must hold; a compiled matcher tests an object's labels without allocating.
 */
import type { FieldError } from './kind-definition.ts';
import { forbiddenValue, invalidValue, requiredValue } from './field-error.ts';
import { checkLabelValue, checkQualifiedName } from './name-rule.ts';

export type Labels = Readonly<Record<string, string>>;

/** As in manifests. An empty selector matches everything; an absent one matches nothing or everything, as the field's owner says. */
export interface LabelSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly LabelSelectorRequirement[];
}

export interface LabelSelectorRequirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values?: readonly string[];
}

/** One condition. `NotIn`, like `!=`, also holds for objects without the label. `Gt`/`Lt` exist in the text form only and compare integers. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';
  readonly values: readonly string[];
}

export type LabelMatcher = (labels: Labels | undefined) => boolean;

export const matchesEverything: LabelMatcher = () => true;

export function labelRequirements(selector: LabelSelector): readonly LabelRequirement[] {
  const equalities = Object.entries(selector.matchLabels ?? {}).map(([key, value]): LabelRequirement => ({
    key,
    operator: 'In',
    values: [value],
  }));
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values }): LabelRequirement => ({
    key,
    operator,
    values: values ?? [],
  }));
  return [...equalities, ...expressions];
}

export function compileLabelSelector(selector: LabelSelector): LabelMatcher {
  return compileLabelRequirements(labelRequirements(selector));
}

export function compileLabelRequirements(requirements: readonly LabelRequirement[]): LabelMatcher {
  const tests = requirements.map(compileRequirement);
  const [first] = tests;
  if (first === undefined) return matchesEverything;
  if (tests.length === 1) return (labels) => first(labels ?? noLabels);
  return (labels) => {
    for (const test of tests) if (!test(labels ?? noLabels)) return false;
    return true;
  };
}

/** For a single use; compile what is used again. */
export function matchesLabelSelector(selector: LabelSelector, labels: Labels | undefined): boolean {
  return compileLabelSelector(selector)(labels);
}

const noLabels: Labels = {};

function compileRequirement({ key, operator, values }: LabelRequirement): (labels: Labels) => boolean {
  const [only = ''] = values;
  switch (operator) {
    case 'In': {
      if (values.length === 1) return (labels) => valueOf(labels, key) === only;
      const accepted = new Set(values);
      return (labels) => {
        const value = valueOf(labels, key);
        return value !== undefined && accepted.has(value);
      };
    }
    case 'NotIn': {
      const refused = new Set(values);
      return (labels) => {
        const value = valueOf(labels, key);
        return value === undefined || !refused.has(value);
      };
    }
    case 'Exists':
      return (labels) => valueOf(labels, key) !== undefined;
    case 'DoesNotExist':
      return (labels) => valueOf(labels, key) === undefined;
    case 'Gt':
      return (labels) => isOrdered(valueOf(labels, key), only, (value, bound) => value > bound);
    case 'Lt':
      return (labels) => isOrdered(valueOf(labels, key), only, (value, bound) => value < bound);
  }
}

/** Own properties only: a label key may be called `constructor`. */
function valueOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

const integerPattern = /^[+-]?[0-9]{1,19}$/;

function isOrdered(
  value: string | undefined,
  bound: string,
  compare: (value: bigint, bound: bigint) => boolean,
): boolean {
  if (value === undefined || !integerPattern.test(value) || !integerPattern.test(bound)) return false;
  return compare(BigInt(value), BigInt(bound));
}

const expressionOperators = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

/** Errors in kube-apiserver's words; `path` is the selector's own path. */
export function validateLabelSelector(selector: LabelSelector, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    const field = `${path}.matchLabels`;
    for (const complaint of checkQualifiedName(key)) errors.push(invalidValue(field, key, complaint));
    for (const complaint of checkLabelValue(value)) errors.push(invalidValue(field, value, complaint));
  }
  (selector.matchExpressions ?? []).forEach((expression, index) => {
    errors.push(...validateExpression(expression, `${path}.matchExpressions[${index}]`));
  });
  return errors;
}

function validateExpression(expression: LabelSelectorRequirement, path: string): readonly FieldError[] {
  const { key, operator, values = [] } = expression;
  const errors: FieldError[] = [];
  if (!expressionOperators.includes(operator)) {
    errors.push(invalidValue(`${path}.operator`, operator, 'not a valid selector operator'));
  } else if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) {
      errors.push(requiredValue(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
    }
  } else if (values.length > 0) {
    errors.push(forbiddenValue(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
  }
  for (const complaint of checkQualifiedName(key)) errors.push(invalidValue(`${path}.key`, key, complaint));
  values.forEach((value, index) => {
    for (const complaint of checkLabelValue(value)) {
      errors.push(invalidValue(`${path}.values[${index}]`, value, complaint));
    }
  });
  return errors;
}
