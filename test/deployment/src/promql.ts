/** What a PromQL expression asks for, and whether it's one. */
import { parser } from '@prometheus-io/lezer-promql';

interface Selector {
  readonly metric: string;
  readonly labels: readonly string[];
}

export interface Query {
  readonly selectors: readonly Selector[];
  /** Of `by` and `without`. */
  readonly groupings: readonly string[];
}

/** Throws where the expression doesn't parse. */
export function parseQuery(expression: string): Query {
  const selectors: { metric: string; labels: string[] }[] = [];
  const groupings: string[] = [];
  parser.parse(expression).iterate({
    enter({ name, type, from, to, node }) {
      const text = expression.slice(from, to);
      if (type.isError) throw new Error(`not PromQL at ${from}: ${expression}`);
      if (name === 'VectorSelector') selectors.push({ metric: '', labels: [] });
      if (name === 'Identifier') Object.assign(selectors.at(-1) ?? {}, { metric: text });
      if (name !== 'LabelName') return;
      if (node.parent?.name === 'GroupingLabels') groupings.push(text);
      else selectors.at(-1)?.labels.push(text);
    },
  });
  return { selectors, groupings };
}
