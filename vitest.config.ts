import { defineConfig } from 'vitest/config';

const SECOND = 1_000;

/** Four projects: `unit` needs no server, `integration` shares one of each, `e2e` and `examples` start whole stacks. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['scripts/**/*.test.ts', 'libs/**/*.test.ts', 'services/**/*.test.ts'],
          testTimeout: 60 * SECOND,
          // No unit test may leave global state behind, so the files of a worker share their imports: a fifth of the time.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['libs/testing/src/global-setup.ts'],
          testTimeout: 30 * SECOND,
          hookTimeout: 60 * SECOND,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 180 * SECOND,
          hookTimeout: 180 * SECOND,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'examples',
          include: ['test/examples/**/*.test.ts'],
          testTimeout: 180 * SECOND,
          hookTimeout: 180 * SECOND,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
