import { respondText } from '../http/respond.ts';
import type { Exchange } from '../http/exchange.ts';

/** One thing that must be well for the server to be. */
export interface HealthCheck {
  readonly name: string;
  /** '' = well; otherwise what is wrong. */
  check(): string;
  /** False: a failure means "don't send requests", not "start me again". */
  readonly isForLiveness: boolean;
}

const rootPaths: ReadonlySet<string> = new Set(['livez', 'readyz', 'healthz']);

/** True for `/livez`, `/readyz`, `/healthz` and one check of them. */
export function isHealthPath(path: string): boolean {
  return rootPaths.has(path.split('/')[1] ?? '');
}

export function handleHealth(
  exchange: Exchange,
  checks: readonly HealthCheck[],
  path: string,
  parameters: URLSearchParams | undefined,
): void {
  const [, root = '', name = ''] = path.split('/');
  const excluded = new Set(parameters?.getAll('exclude') ?? []);
  const wanted = checks.filter(
    (check) =>
      (root !== 'livez' || check.isForLiveness) && (name === '' || check.name === name) && !excluded.has(check.name),
  );
  if (name !== '' && wanted.length === 0) {
    respondText(exchange, 404, '404 page not found\n');
    return;
  }
  const results = wanted.map((check) => ({ name: check.name, problem: check.check() }));
  const isWell = results.every(({ problem }) => problem === '');
  if (isWell && parameters?.has('verbose') !== true) {
    respondText(exchange, 200, 'ok');
    return;
  }
  const lines = results.map(({ name: check, problem }) =>
    problem === '' ? `[+]${check} ok` : `[-]${check} failed: ${problem}`,
  );
  lines.push(`${root} check ${isWell ? 'passed' : 'failed'}\n`);
  respondText(exchange, isWell ? 200 : 500, lines.join('\n'));
}
