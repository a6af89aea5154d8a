import type { ChatClient } from './chat-client.ts';

/** A developer who listens to the events of an application on `/listen`, from its opening to its close. */
export class Listener {
  /** Everything that was heard, as it came. */
  text = '';
  readonly #stop = new AbortController();

  private constructor() {}

  /** Opens one; rejects when the server refuses it. */
  static async open(base: string, sdkAppId: number, client: ChatClient): Promise<Listener> {
    const listener = new Listener();
    const identifier = 'administrator';
    const query = new URLSearchParams({
      sdkappid: String(sdkAppId),
      identifier,
      usersig: client.userSig(identifier),
    });
    const { status, body } = await fetch(`${base}/listen?${query}`, { signal: listener.#stop.signal });
    if (status !== 200 || body === null) throw new Error(`HTTP ${status}`);
    listener.#hear(body).catch(() => {});
    return listener;
  }

  /** The payloads of the events, in order. */
  // biome-ignore lint/suspicious/noExplicitAny: judged by the tests, member by member.
  get events(): any[] {
    const whole = this.text.slice(0, this.text.lastIndexOf('\n') + 1).split('\n');
    return whole.filter((line) => line !== '').map((line) => JSON.parse(JSON.parse(line).body));
  }

  close(): void {
    this.#stop.abort();
  }

  async #hear(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of body) this.text += decoder.decode(chunk, { stream: true });
  }
}
