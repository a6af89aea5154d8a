import type { NodeId } from 'ringback-protocol';
import type { Mail, MailTopic } from '../../src/ports/mail.ts';

type Listener = (text: string) => void;

/** Mail between nodes that run in one process, as tests have them. Letters arrive in a later turn of the event loop, in order. */
export class PostOffice {
  readonly #readers = new Map<string, Listener>();
  /** Nodes that are cut off: what they send and what is for them is lost. */
  readonly cutOff = new Set<NodeId>();
  /** Every letter that was sent, for tests that count. */
  sent = 0;

  /** The mail of one node. */
  of(self: NodeId): Mail {
    const isCut = (): boolean => this.cutOff.has(self);
    return {
      get isUp() {
        return !isCut();
      },
      send: (to, topic, text) => {
        this.sent += 1;
        if (isCut()) return;
        setImmediate(() => {
          if (!this.cutOff.has(to)) this.#readers.get(keyOf(to, topic))?.(text);
        });
      },
      onLetter: (topic, listener) => this.#readers.set(keyOf(self, topic), listener),
    };
  }
}

const keyOf = (node: NodeId, topic: MailTopic): string => `${node} ${topic}`;
