import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (name: string) => fileURLToPath(new URL(`packages/${name}/src/index.ts`, import.meta.url));

export default defineConfig({
  resolve: {
    // Tests run from sources; only what needs a thread or a process of its own uses the build.
    alias: { 'ringback-protocol': source('protocol'), 'ringback-engine': source('engine') },
  },
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      'e2e/**/*.test.ts',
      'cluster/test/**/*.test.ts',
      'cluster/faults/**/*.test.ts',
      'browser/**/*.test.ts',
      'scripts/test/**/*.test.ts',
      'bench/test/**/*.test.ts',
      'docs/test/**/*.test.ts',
      'deploy/test/**/*.test.ts',
      'fuzz/**/*.test.ts',
      'sim/test/**/*.test.ts',
    ],
    pool: 'forks',
    maxWorkers: 2,
    // A machine that is busy is no reason to fail; what hangs fails all the same.
    testTimeout: 90_000,
    hookTimeout: 90_000,
  },
});
