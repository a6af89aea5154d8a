import { Mirror } from '../../../e2e/support/mirror.ts';
import { randomFrom } from '../../../e2e/support/random.ts';
import { RestCaller } from '../../../e2e/support/rest.ts';
import { type NodeOptions, Ringback, until } from '../../../e2e/support/ringback.ts';
import { RedisServer } from '../../../packages/server/test/cluster/support/redis-server.ts';
import { PostgresServer } from '../../../packages/server/test/stores/support/postgres-server.ts';
import { Line } from './line.ts';

/** The seed of all dice, and how many times longer than in `npm test` things stay broken. */
export const seed = Number(process.env.FAULTS_SEED ?? 20_261_128);
export const scale = Number(process.env.FAULTS_SCALE ?? 1);

/** A node, with lines of its own to what it needs. */
export interface StageNode {
  readonly ringback: Ringback;
  readonly rest: RestCaller;
  readonly toPostgres: Line;
  readonly toRedis: Line;
  /** Takes devices and requests, as a balancer sees it. */
  up: boolean;
}

export interface StageOptions {
  readonly nodes: number;
  /** More for the environment of each node. */
  readonly env?: (index: number) => NodeJS.ProcessEnv;
  readonly program?: string;
}

/** An installation of several nodes on a PostgreSQL and a Redis, with a receiver of webhooks. */
export class Stage {
  readonly redis: RedisServer;
  readonly nodes: StageNode[] = [];
  readonly random = randomFrom(seed);
  /** The primary. */
  postgres: PostgresServer;
  #mirror: Mirror | undefined;
  #turn = 0;
  readonly #database: string;
  /** Further servers that are stopped at the end. */
  readonly #others: PostgresServer[] = [];

  private constructor(postgres: PostgresServer, redis: RedisServer, database: string) {
    this.postgres = postgres;
    this.redis = redis;
    this.#database = database;
  }

  static async open({ nodes, env, program }: StageOptions): Promise<Stage> {
    const [postgres, redis] = await Promise.all([PostgresServer.start(), RedisServer.start()]);
    const stage = new Stage(postgres, redis, await postgres.database());
    try {
      for (let index = 0; index < nodes; index += 1) {
        await stage.add({ ...(env && { env: env(index) }), ...(program !== undefined && { program }) });
      }
      await stage.#tellMirror();
      return stage;
    } catch (error) {
      await stage.dispose();
      throw error;
    }
  }

  /** Starts one more node. */
  async add(options: Partial<NodeOptions> = {}): Promise<StageNode> {
    const [toPostgres, toRedis] = await Promise.all([Line.to(this.postgres.port), Line.to(this.redis.port)]);
    const limits = ['--limits-command-rate', '100000', '--limits-app-rate', '100000', '--log-requests', 'false'];
    const key = this.nodes[0]?.ringback.key;
    const ringback = await Ringback.on({
      ...options,
      database: toPostgres.url(this.#database),
      args: ['--redis', toRedis.url(this.redis.url), ...limits],
      ...(key !== undefined && { key }),
    });
    const node = { ringback, rest: new RestCaller(ringback), toPostgres, toRedis, up: true };
    this.nodes.push(node);
    return node;
  }

  get mirror(): Mirror {
    if (this.#mirror === undefined) throw new Error('The stage is not open.');
    return this.#mirror;
  }

  node(index: number): StageNode {
    const node = this.nodes[index];
    if (node === undefined) throw new Error(`There is no node ${index}.`);
    return node;
  }

  /** The nodes in turn, as a balancer hands them out. */
  readonly next = (): StageNode | undefined => {
    this.#turn += 1;
    const up = this.nodes.filter((node) => node.up);
    return up[this.#turn % up.length];
  };

  /** Asks the database itself, by a way that nothing breaks. */
  async rows<Row extends Record<string, unknown>>(sql: string): Promise<readonly Row[]> {
    return this.postgres.ask<Row>(sql, new URL(this.#database).pathname.slice(1));
  }

  /** What the health page of a node says: its status and its text. */
  async health(node: StageNode): Promise<{ readonly status: number; readonly text: string }> {
    const answer = await fetch(`${node.ringback.ops}/readyz`, { signal: AbortSignal.timeout(5000) });
    return { status: answer.status, text: await answer.text() };
  }

  /** Waits until the health page of a node says this, and that it serves nobody meanwhile. */
  complains(node: StageNode, about: RegExp): Promise<void> {
    return this.says(node, 503, about);
  }

  /** Waits until the health page of a node says this; it serves all the same. */
  warns(node: StageNode, about: RegExp): Promise<void> {
    return this.says(node, 200, about);
  }

  /** Waits until the health page of a node says that all is well. */
  recovers(node: StageNode): Promise<void> {
    return this.says(node, 200, /^(?!.*out of reach)/is);
  }

  /** Waits until the health page of a node has this status and says this. */
  async says(node: StageNode, wanted: number, about: RegExp): Promise<void> {
    await until(async () => {
      const { status, text } = await this.health(node);
      return status === wanted && about.test(text)
        ? undefined
        : `waiting for ${wanted} ${about}, but ${status} ${text}`;
    }, 30_000);
  }

  /** The database takes no connections, and those that are there are ended. */
  async refuse(really: boolean): Promise<void> {
    const name = new URL(this.#database).pathname.slice(1);
    await this.postgres.ask(`ALTER DATABASE ${name} ALLOW_CONNECTIONS ${really ? 'false' : 'true'}`);
    if (really) await this.postgres.cut();
  }

  /** Ends a node without a word. */
  async kill(node: StageNode): Promise<void> {
    node.up = false;
    await node.ringback.kill();
  }

  /** Starts a node that was ended. */
  async start(node: StageNode): Promise<void> {
    await node.ringback.up();
    node.up = true;
  }

  /** A replica, which nobody waits for yet. */
  async follow(): Promise<PostgresServer> {
    const replica = await this.postgres.replica('spare');
    this.#others.push(replica);
    return replica;
  }

  /** Nothing is acknowledged from now on that the replica does not have. */
  async insist(): Promise<void> {
    await this.postgres.ask("ALTER SYSTEM SET synchronous_standby_names = 'spare'");
    await this.postgres.ask('SELECT pg_reload_conf()');
  }

  /** The primary is gone; its replica takes over, and the nodes are led to it. */
  async failOver(replica: PostgresServer): Promise<void> {
    const old = this.postgres;
    this.#others.push(old);
    await old.stop('SIGKILL');
    await replica.promote();
    this.postgres = replica;
    for (const { toPostgres } of this.nodes) toPostgres.lead(replica.port);
  }

  async dispose(): Promise<void> {
    for (const { rest, toPostgres, toRedis } of this.nodes) {
      rest.close();
      toPostgres.heal();
      toRedis.heal();
    }
    // Whatever state a test has left them in.
    await Promise.all(this.nodes.map(({ ringback }) => ringback.kill()));
    await Promise.all(this.nodes.map(({ ringback }) => ringback.dispose()));
    for (const { toPostgres, toRedis } of this.nodes) for (const line of [toPostgres, toRedis]) line.close();
    this.#mirror?.close();
    for (const one of [this.postgres, ...this.#others, this.redis]) await one.dispose();
  }

  async #tellMirror(): Promise<void> {
    const { ringback, rest } = this.node(0);
    const mirror = await Mirror.open(ringback.sdkAppId, this.random);
    this.#mirror = mirror;
    const commands = ['StartCall', 'MemberChanged', 'EndCall'].map((one) => `Call.CallbackAfter${one}`);
    const body = { Url: mirror.url, CallbackCommandList: commands };
    const { ErrorCode, ErrorInfo } = await rest.send('call_config/set_callback', body);
    if (ErrorCode !== 0) throw new Error(`set_callback: ${ErrorCode} ${ErrorInfo}`);
    const app = String(ringback.sdkAppId);
    const secrets = await ringback.cli('webhooks', 'secret', 'callback', '--app', app, '--json');
    mirror.secret = JSON.parse(secrets).secrets[0];
    mirror.unreliability = 0.05;
    // The other nodes look once a second whether something was changed.
    await new Promise((resolve) => setTimeout(resolve, this.nodes.length > 1 ? 2000 : 0));
  }
}
