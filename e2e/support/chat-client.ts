import tlsSig from 'tls-sig-api-v2';

/** An answer: judged by the tests, member by member. */
// biome-ignore lint/suspicious/noExplicitAny: see above.
export type Answer = any;

/**
 * A client of the commands about accounts, profiles and groups, as a customer writes one from their documentation: `fetch`
 * and the published signature package, nothing of this project.
 */
export class ChatClient {
  readonly #base: string;
  readonly #sdkAppId: number;
  readonly #signer: InstanceType<typeof tlsSig.Api>;
  readonly #admin: string;

  constructor(options: {
    readonly base: string;
    readonly sdkAppId: number;
    readonly key: string;
    readonly admin?: string;
  }) {
    this.#base = options.base;
    this.#sdkAppId = options.sdkAppId;
    this.#signer = new tlsSig.Api(options.sdkAppId, options.key);
    this.#admin = options.admin ?? 'administrator';
  }

  /** A UserSig of any user, for a day. */
  userSig(user: string): string {
    return this.#signer.genUserSig(user, 86_400);
  }

  /** Sends a command; any status but 200 and any answer without the four members of the envelope is an error. */
  async send(service: string, command: string, body: object): Promise<Answer> {
    const query = new URLSearchParams({
      sdkappid: String(this.#sdkAppId),
      identifier: this.#admin,
      usersig: this.userSig(this.#admin),
      random: String(Math.floor(Math.random() * 4_294_967_296)),
      contenttype: 'json',
    });
    const response = await fetch(`${this.#base}/v4/${service}/${command}?${query}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    if (response.status !== 200) throw new Error(`HTTP ${response.status}`);
    const answer = (await response.json()) as Answer;
    for (const member of ['ActionStatus', 'ErrorCode', 'ErrorInfo', 'RequestId']) {
      if (!Object.hasOwn(answer, member)) throw new Error(`${member} is missing from ${JSON.stringify(answer)}`);
    }
    if ((answer.ActionStatus === 'OK') !== (answer.ErrorCode === 0)) throw new Error(JSON.stringify(answer));
    return answer;
  }

  /** Sends a command that must succeed. */
  async ok(service: string, command: string, body: object): Promise<Answer> {
    const answer = await this.send(service, command, body);
    if (answer.ErrorCode !== 0) throw new Error(`${command}: ${answer.ErrorCode} ${answer.ErrorInfo}`);
    return answer;
  }

  readonly accounts = (command: string, body: object): Promise<Answer> => this.ok('im_open_login_svc', command, body);
  readonly profile = (command: string, body: object): Promise<Answer> => this.ok('profile', command, body);
  readonly groups = (command: string, body: object): Promise<Answer> => this.ok('group_open_http_svc', command, body);
}
