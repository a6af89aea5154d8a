import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { controlClient, NoServer } from '../admin/control-client.ts';
import type { AnswerOf, InputOf, OperationName } from '../admin/index.ts';
import type { Operator } from '../admin/operator.ts';
import type { Settings } from '../config/settings.ts';
import { DataInUse, DataLock } from '../stores/data-lock.ts';
import { databasePath } from '../stores/database-path.ts';
import { Failure } from './failure.ts';

/** The way to the operations of an installation: through its running server, else into its database. */
export interface Access {
  /** True when a running server does the work. */
  readonly running: boolean;
  ask<Name extends OperationName>(name: Name, input: InputOf<Name>): Promise<AnswerOf<Name>>;
  close(): Promise<void>;
}

/** ms to wait for a server that holds the data directory but does not answer yet: it may be starting. */
const patience = 3000;

/** ms for what may take long on a large installation: the server searches while calls go on. */
const longPatience = 600_000;

const takesLong: ReadonlySet<OperationName> = new Set(['webhooks.log', 'webhooks.replay']);

/** Opens the way, does the work, closes the way. */
export async function withAccess<T>(
  settings: Settings,
  options: { readonly create?: boolean },
  work: (access: Access) => Promise<T>,
): Promise<T> {
  const access = await openAccess(settings, options);
  try {
    return await work(access);
  } finally {
    await access.close();
  }
}

/** Rejects with a `Failure` when there is nothing yet (unless `create`), or when a server is there but silent. */
async function openAccess(settings: Settings, { create = false }: { readonly create?: boolean }): Promise<Access> {
  const { data, database } = settings;
  const [remote, patient] = [controlClient(data), controlClient(data, longPatience)];
  const ask: Operator = (name, input) => (takesLong.has(name as OperationName) ? patient : remote)(name, input);
  const until = performance.now() + patience;
  for (;;) {
    try {
      await controlClient(data, 3000)('status', {});
      return access(true, ask, async () => {});
    } catch (error) {
      if (!(error instanceof NoServer)) throw error;
      if (error.silent) {
        throw new Failure(`${error.message} Nothing was changed. Try again, or end that process and start it anew.`);
      }
    }
    if (!create && database === '' && !existsSync(databasePath(data))) {
      throw new Failure(
        `There is no Ringback in ${resolve(data)} yet, and no server runs on it. Start one (\`ringback serve --dev\`), ` +
          'make an application (`ringback app create`), or name another data directory with --data.',
      );
    }
    try {
      const lock = await DataLock.take(data, 'command');
      const { openLocal } = await import('./open-local.ts');
      const { operator, close } = await openLocal(settings, lock);
      return access(false, operator, close);
    } catch (error) {
      if (!(error instanceof DataInUse)) throw error;
      if (performance.now() >= until || error.holder?.role !== 'server') {
        throw new Failure(
          error.holder?.role === 'server'
            ? `A server (process ${error.holder.pid}) holds ${resolve(data)} but does not answer at its control socket. ` +
                'Nothing was changed. It may be starting or stopping: try again, or end that process.'
            : error.message,
        );
      }
      await new Promise((done) => setTimeout(done, 100));
    }
  }
}

const access = (running: boolean, operator: Operator, close: () => Promise<void>): Access => ({
  running,
  // The list gives the types of what its operations answer.
  ask: async (name, input) => (await operator(name, input)) as AnswerOf<typeof name>,
  close,
});

/** The application that is meant: the named one, else the only one. */
export async function pickApp(access: Access, named: number | undefined): Promise<number> {
  if (named !== undefined) return named;
  const apps = await access.ask('app.list', {});
  const [first, second] = apps;
  if (first !== undefined && second === undefined) return first.id;
  if (first === undefined) throw new Failure('There is no application yet. Make one with `ringback app create`.');
  throw new Failure(`Name the application with --app: there is ${apps.map(({ id }) => id).join(', ')}.`);
}
