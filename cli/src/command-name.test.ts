import { expect, it } from 'vitest';

import { commandName } from './command-name.ts';

it.each([
  [['get', 'pods', 'up'], 'get'],
  [['-n', 'up', 'get'], 'get'],
  [['--config', 'file', 'up', '--port', '0'], 'up'],
  [['help', 'up'], 'up'],
  [['--help'], undefined],
  [[], undefined],
])('%j means %s', (args, name) => {
  expect(commandName(args)).toBe(name);
});
