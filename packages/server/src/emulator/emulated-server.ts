import type { CallRecord } from 'ringback-engine';
import { devAppId, type RunningServer, startServer, type UnderWay } from '../app.ts';
import type { Settings } from '../config/settings.ts';
import type { LogStream } from '../observe/log.ts';
import type { Script } from '../script/script.ts';
import type { RestDoor } from './rest.ts';
import { emulatorSettings } from './settings.ts';
import type { TestClock } from './test-clock.ts';

/** Records on a page. */
const perPage = 1000;

/** What a server is started with. */
export interface EmulatedServerOptions {
  readonly script: Script;
  readonly data: string;
  /** On loopback; 0 for any that is free. */
  readonly port: number;
  readonly clock: TestClock;
  readonly log: LogStream;
  readonly onFatal: (error: Error) => void;
}

/** The real server on a test clock. It can be stopped and started again, and is then where it was. */
export class EmulatedServer {
  readonly #options: EmulatedServerOptions;
  readonly #settings: Settings;
  #server: RunningServer;
  /** Frames that servers before this one have sent. */
  #sentBefore = 0;

  private constructor(options: EmulatedServerOptions, server: RunningServer) {
    this.#options = options;
    this.#server = server;
    const port = Number(new URL(server.addresses.http ?? '').port);
    this.#settings = emulatorSettings({ ...options, port });
  }

  /** Rejects with a sentence. */
  static async start(options: EmulatedServerOptions): Promise<EmulatedServer> {
    const { log, onFatal, clock } = options;
    return new EmulatedServer(options, await startServer({ settings: emulatorSettings(options), log, onFatal, clock }));
  }

  /** `http://127.0.0.1:8080` */
  get url(): string {
    return this.#server.addresses.http ?? '';
  }

  /** The key that signatures are made with. */
  get key(): string {
    return this.#server.apps.get(devAppId)?.keys.at(-1)?.secret ?? '';
  }

  /** The REST API, for those who act as the server of an application. */
  get rest(): RestDoor {
    return { url: () => this.url, sdkAppId: devAppId, key: this.key, now: () => this.#options.clock.now() };
  }

  /** What goes on in it; the frames are those of all servers so far. */
  get underWay(): UnderWay {
    const now = this.#server.underWay();
    return { ...now, framesSent: now.framesSent + this.#sentBefore };
  }

  get calls(): RunningServer['store']['calls'] {
    return this.#server.store.calls;
  }

  /** Devices of others are asked for a sign of life. */
  probe(isVirtual: (deviceId: string) => boolean): Promise<void> {
    return this.#server.probeDevices(isVirtual);
  }

  /** The records, in the order of their calls. */
  async records(): Promise<readonly CallRecord[]> {
    const records: CallRecord[] = [];
    for (let page = 1; ; page += 1) {
      const found = await this.calls.records(devAppId, { from: 0, to: 2 ** 40, perPage, page });
      records.push(...found.records);
      if (records.length >= found.total || found.records.length === 0) break;
    }
    return records.sort((a, b) => a.startedAt - b.startedAt);
  }

  async restart(): Promise<void> {
    const { log, onFatal, clock } = this.#options;
    this.#sentBefore += this.#server.underWay().framesSent;
    await this.#server.close();
    this.#server = await startServer({ settings: this.#settings, log, onFatal, clock });
  }

  close(): Promise<void> {
    return this.#server.close();
  }
}
