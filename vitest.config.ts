import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '{libs,services}/*/src/**/*.test.ts',
            'cli/src/**/*.test.ts',
            'test/tidy/**/*.test.ts',
            'test/clusters/src/**/*.test.ts',
            'test/deployment/src/*.test.ts',
          ],
          pool: 'threads',
          isolate: false,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/src/**/*.test.ts', 'test/deployment/src/real/*.test.ts'],
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
