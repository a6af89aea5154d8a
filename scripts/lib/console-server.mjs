/** A server of the build with a console to look at, in a folder of its own that goes with it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { devAppId, startServer } from '../../packages/server/dist/app.js';
import { loadSettings } from '../../packages/server/dist/config/load.js';
import { openLog } from '../../packages/server/dist/observe/log.js';
import { databasePath } from '../../packages/server/dist/stores/database-path.js';
import { openSqlite } from '../../packages/server/dist/stores/sqlite.js';
import { writeMadeUpCalls } from './made-up-calls.mjs';

/**
 * Starts it with `calls` made-up calls of the last days; the server sums them once it runs.
 * @param {{ calls: number }} options
 */
export async function openConsoleServer({ calls }) {
  const data = mkdtempSync(join(tmpdir(), 'ringback-console-'));
  const app = Number(devAppId);
  const onFatal = (error) => {
    throw error;
  };
  const clock = { now: Date.now, timer: () => () => {} };
  await (await openSqlite({ path: databasePath(data), node: 'n1', clock, onFatal })).close();
  writeMadeUpCalls(data, { app, n: calls, now: Date.now() });
  const { settings } = loadSettings({
    flags: { data, dev: true, https: 'off', ops: 'off', http: '127.0.0.1:0' },
    env: {},
  });
  const server = await startServer({ settings, log: openLog({ level: 'error', fd: 2 }), onFatal });
  return {
    data,
    app,
    url: server.addresses.http,
    close: async () => {
      await server.close();
      rmSync(data, { recursive: true, force: true });
    },
  };
}
