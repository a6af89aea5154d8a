import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningServer, startServer } from '../../packages/server/src/app.ts';
import { loadSettings } from '../../packages/server/src/config/load.ts';
import { openLog } from '../../packages/server/src/observe/log.ts';

/** One more node of an installation, in this process; `flags` as those of the house beside it. */
export async function beside(flags: Record<string, string>): Promise<RunningServer & { readonly url: string }> {
  const data = mkdtempSync(join(tmpdir(), 'ringback-beside-'));
  const all = { dev: true, https: 'off', ops: 'off', ...flags, data, http: '127.0.0.1:0' };
  const server = await startServer({
    settings: loadSettings({ flags: all, env: {} }).settings,
    log: openLog({ level: 'error', fd: 2 }),
    onFatal: (error) => {
      throw error;
    },
  });
  return {
    ...server,
    url: server.addresses.http ?? '',
    close: async () => {
      await server.close();
      rmSync(data, { recursive: true, force: true });
    },
  };
}
