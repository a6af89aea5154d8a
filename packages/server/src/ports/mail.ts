import type { NodeId } from 'ringback-protocol';

/** What letters between nodes are about; each has one reader. */
export type MailTopic = 'media' | 'sure' | 'changed';

/** Takes letters from one process to another. May lose them, and delivers those of one sender in their order. */
export interface Mail {
  /** Whether letters arrive, as far as is known. */
  readonly isUp: boolean;
  send(to: NodeId, topic: MailTopic, text: string): void;
  /** Letters are from whoever reaches the way between nodes: the reader checks them. */
  onLetter(topic: MailTopic, listener: (text: string) => void): void;
}
