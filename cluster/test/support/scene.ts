import { afterEach } from 'vitest';
import { Stage, type StageOptions } from './stage.ts';
import { Traffic } from './traffic.ts';

/** A stage with traffic on it. */
export interface Scene {
  readonly stage: Stage;
  readonly traffic: Traffic;
}

/** Opens scenes for the tests of a file, and clears each away after its test. */
export function scenes(): (options: StageOptions & Parameters<typeof Traffic.open>[1]) => Promise<Scene> {
  const open: (() => unknown)[] = [];
  afterEach(async () => {
    for (let close = open.pop(); close !== undefined; close = open.pop()) await close();
  }, 120_000);
  return async (options) => {
    const stage = await Stage.open(options);
    open.push(() => stage.dispose());
    const traffic = await Traffic.open(stage, options);
    open.push(() => traffic.close());
    return { stage, traffic };
  };
}
