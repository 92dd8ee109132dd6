/** Configuration from the environment, and from nowhere else. All that is wrong is said at once. */
import type { ConfigField } from './config-field.ts';

export type ConfigSchema = Readonly<Record<string, ConfigField<unknown>>>;
export type ConfigOf<S extends ConfigSchema> = {
  readonly [K in keyof S]: S[K] extends ConfigField<infer T> ? T : never;
};

export interface ConfigProblem {
  readonly variable: string;
  readonly problem: string;
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];
  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(({ variable, problem }) => `${variable} ${problem}`).join('\n'));
    this.problems = problems;
  }
}

export interface ConfigSource {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads a file that holds a secret; throws when it can't. */
  readonly readFile: (path: string) => string;
}

/** Throws ConfigError with every problem. An empty variable counts as not set. */
export function loadConfig<S extends ConfigSchema>(source: ConfigSource, schema: S): ConfigOf<S> {
  const problems: ConfigProblem[] = [];
  const values = Object.entries(schema).map(([key, field]) => {
    const given = textOf(source, field);
    if ('problem' in given) {
      problems.push({ variable: given.variable, problem: given.problem });
      return [key, undefined];
    }
    const { text = field.defaultText } = given;
    if (text === undefined) {
      if (field.isRequired) problems.push({ variable: field.variable, problem: `is missing: ${field.help}` });
      return [key, field.absent];
    }
    const parsed = field.parse(text);
    if ('value' in parsed) return [key, parsed.value];
    const shown = field.isSecret ? '' : ` is ${JSON.stringify(text)},`;
    problems.push({ variable: field.variable, problem: `${shown} ${parsed.problem}`.trim() });
    return [key, undefined];
  });
  if (problems.length > 0) throw new ConfigError(problems);
  // Every field has been read by its own parser: the type says the same.
  return Object.fromEntries(values) as ConfigOf<S>;
}

type Given = { readonly text?: string | undefined } | ConfigProblem;

function textOf({ env, readFile }: ConfigSource, { variable, isSecret }: ConfigField<unknown>): Given {
  const fileVariable = `${variable}_FILE`;
  const text = env[variable] || undefined;
  const path = isSecret ? env[fileVariable] || undefined : undefined;
  if (path === undefined) return { text };
  if (text !== undefined) return { variable, problem: `is set, and ${fileVariable}, too: only one may be` };
  try {
    return { text: readFile(path).replace(/\r?\n$/, '') || undefined };
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'it can’t be read';
    return { variable: fileVariable, problem: `names ${JSON.stringify(path)}: ${why}` };
  }
}

/** The configuration in effect, to be logged: variable → text, secrets masked, credentials in URLs, too. */
export function effectiveConfig(source: ConfigSource, schema: ConfigSchema): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.values(schema).map((field) => {
      const given = textOf(source, field);
      const text = ('problem' in given ? undefined : given.text) ?? field.defaultText ?? '';
      return [field.variable, field.isSecret && text !== '' ? '[secret]' : withoutCredentials(text)];
    }),
  );
}

function withoutCredentials(text: string): string {
  return text.replace(/(\w:\/\/)[^/@\s]+@/g, '$1[secret]@');
}
