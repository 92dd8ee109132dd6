import { expect, it } from 'vitest';

import { CliError, failureOf, ServerUnreachable, StatusError, usageError } from './errors.ts';

const invalid = new StatusError(
  {
    kind: 'Status',
    reason: 'Invalid',
    code: 422,
    message: 'Deployment.apps "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    details: { causes: [{ field: 'spec.replicas', message: 'Invalid value: -1: must be greater than or equal to 0' }] },
  },
  422,
);

it.each([
  ['a failure with a remedy', new CliError('it broke', { hint: 'Mend it' }), 1, ['it broke. Mend it']],
  ['wrong use', usageError('which cluster?', 'Name it'), 2, ['which cluster? Name it']],
  [
    'a missing object',
    new StatusError({ kind: 'Status', code: 404, reason: 'NotFound', message: 'pods "a" not found' }, 404),
    3,
    ['pods "a" not found'],
  ],
  [
    'no control plane',
    new ServerUnreachable('https://127.0.0.1:1', 'refused', 'connection refused'),
    4,
    [
      'the control plane at https://127.0.0.1:1 is not reachable (connection refused). Is it running? Start it with: npm start',
    ],
  ],
  [
    'invalid fields, one line each',
    invalid,
    1,
    ['Deployment.apps "web" is invalid', '  spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
  ],
  ['anything else', new Error('oops'), 1, ['oops']],
])('%s', (_name, error, exitCode, lines) => {
  expect(failureOf(error)).toEqual({ exitCode, lines });
});
