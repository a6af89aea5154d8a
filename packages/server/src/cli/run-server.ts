import { setFlagsFromString } from 'node:v8';
import { controlClient } from '../admin/control-client.ts';
import { devAppId, type RunningServer, startServer } from '../app.ts';
import type { LoadedSettings } from '../config/load.ts';
import type { Settings } from '../config/settings.ts';
import { type LogStream, openLog } from '../observe/log.ts';
import { banner } from './banner.ts';
import { exitCodes, Failure, sentenceOf } from './failure.ts';
import { tell } from './output.ts';
import type { Signals } from './signals.ts';

/** ms that a stopped server may keep its process, once everything is closed. */
const linger = 500;

/**
 * Where most of what a piece of code has made turned out to live long, V8 makes the rest of it in the old generation at once. But the
 * same code makes what belongs to a device, which stays, and what belongs to a call, whose remains pile up there then and keep alive
 * what they point to. With this flag a call costs 5 to 8 % less.
 */
const noPretenuring = '--no-allocation-site-pretenuring';

/** Runs the server until a signal stops it. Rejects with a `Failure` when it cannot start or stop. */
export async function runServer({ settings, warnings, file }: LoadedSettings, signals: Signals): Promise<void> {
  setFlagsFromString(noPretenuring);
  const log = openLog({ level: settings['log.level'] });
  if (file !== '') log.log.info({ file }, 'settings read');
  for (const warning of warnings) log.log.warn({ warning }, 'settings are risky');
  const server = await start(settings, log);
  signals.onHangUp(() => {
    server.reloadCertificate().catch((error: unknown) => {
      log.log.error({ reason: sentenceOf(error) }, 'certificate not reloaded, the old one stays');
    });
  });
  if (settings.dev) await greet(settings, server);
  await signals.stop;
  signals.onHangUp(undefined);
  try {
    await server.close();
  } catch (error) {
    log.flush();
    leave(exitCodes.failure);
    throw new Failure(`The server did not stop cleanly: ${sentenceOf(error)}`);
  }
  log.flush();
  leave(exitCodes.ok);
}

/** Ends the process soon: whatever may still hold it is of no use to anybody any more. */
function leave(code: number): void {
  setTimeout(() => process.exit(code), linger).unref();
}

async function start(settings: Settings, log: LogStream): Promise<RunningServer> {
  const onFatal = (error: Error): void => {
    log.log.error({ err: error }, 'store failed, the process ends');
    log.flush();
    tell(`error: the store failed, and the server ends before memory runs ahead of the disk: ${error.message}`);
    process.exit(exitCodes.failure);
  };
  try {
    return await startServer({ settings, log, onFatal });
  } catch (error) {
    log.flush();
    leave(exitCodes.failure);
    throw new Failure(startSentence(error));
  }
}

async function greet(settings: Settings, { addresses, apps, pages }: RunningServer): Promise<void> {
  const app = apps.get(devAppId);
  if (app === undefined) return;
  // Without a link the rest is still worth reading; `ringback console link` says what is wrong.
  const made = await controlClient(settings.data)('operators.link', { name: 'admin', role: 'owner' }).catch(() => ({}));
  const { link } = made as { readonly link?: string };
  process.stdout.write(
    banner({ addresses, app, data: settings.data, demo: pages.includes('/demo'), now: Date.now(), link }),
  );
}

/** Why a server could not start, in one sentence. */
function startSentence(error: unknown): string {
  const { code, address, port } = (error ?? {}) as { code?: string; address?: string; port?: number };
  const where = `${address ?? ''}${port === undefined ? '' : `:${port}`}`;
  switch (code) {
    case 'EADDRINUSE':
      return `${where} is taken by another program. \`ringback doctor\` says by which; choose another with --http, --https or --ops.`;
    case 'EACCES':
      if (port === undefined) return sentenceOf(error);
      return `${where} may not be used: ports below 1024 need a privilege (CAP_NET_BIND_SERVICE). Choose another port.`;
    case 'EADDRNOTAVAIL':
      return `${where} is not an address of this computer. Correct --http, --https or --ops.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${sentenceOf(error)}: give an address of this computer with --http, --https or --ops.`;
    default:
      return sentenceOf(error);
  }
}
