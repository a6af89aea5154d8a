/** What Janus says, as far as it is of use. Nothing of it is taken on trust but its shape is read here alone. */

type Plain = Readonly<Record<string, unknown>>;

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const plain = (value: unknown): Plain => (isPlain(value) ? value : {});
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A session description with its kind. */
export interface Jsep {
  readonly type: 'offer' | 'answer';
  readonly sdp: string;
}

/** A section of what a subscriber is offered. */
export interface OfferedStream {
  readonly mid: string;
  readonly feed: string;
  readonly kind: 'audio' | 'video';
}

/** A message of Janus. */
export interface JanusMessage {
  /** `success`, `ack`, `error`, `event`, `trickle`, `webrtcup`, `hangup`, `detached`, `timeout` and others. */
  readonly janus: string;
  readonly transaction: string;
  /** The handle that it is about; 0 when about none. */
  readonly sender: number;
  /** Of `success`: the number of what was made. */
  readonly id: number;
  /** Of `error` and of plugins: what went wrong; empty when nothing did. */
  readonly error: string;
  /** Of the plugin. */
  readonly data: Plain;
  readonly jsep: Jsep | undefined;
  /** Of `trickle`: empty when there are no more. */
  readonly candidate: { readonly candidate: string; readonly mid: string };
  /** Of `hangup`. */
  readonly reason: string;
}

/** Reads a frame; undefined when it is none of Janus. */
export function readMessage(frame: string): JanusMessage | undefined {
  let read: unknown;
  try {
    read = JSON.parse(frame);
  } catch {
    return undefined;
  }
  const message = plain(read);
  const janus = text(message.janus);
  if (janus === '') return undefined;
  const data = plain(plain(message.plugindata).data);
  const failure = plain(message.error);
  const candidate = plain(message.candidate);
  const id = plain(message.data).id;
  return {
    janus,
    transaction: text(message.transaction),
    sender: typeof message.sender === 'number' ? message.sender : 0,
    id: typeof id === 'number' ? id : 0,
    error: janus === 'error' ? `${text(failure.reason)} (${String(failure.code)})` : pluginError(data),
    data,
    jsep: jsepOf(message.jsep),
    candidate: { candidate: text(candidate.candidate), mid: text(candidate.sdpMid) },
    reason: text(message.reason),
  };
}

const pluginError = ({ error, error_code: code }: Plain): string =>
  code === undefined ? '' : `${text(error)} (${String(code)})`;

function jsepOf(value: unknown): Jsep | undefined {
  const { type, sdp } = plain(value);
  return (type === 'offer' || type === 'answer') && typeof sdp === 'string' ? { type, sdp } : undefined;
}

/** The feeds that publish, in the answer to a join and in events. */
export const publishersOf = (data: Plain): readonly string[] =>
  list(data.publishers)
    .map((one) => text(plain(one).id))
    .filter((id) => id !== '');

/** The feed that publishes no more, if the event says so of one. */
export const unpublishedOf = ({ unpublished, leaving, kicked }: Plain): string =>
  [unpublished, leaving, kicked].map(text).find((id) => id !== '' && id !== 'ok') ?? '';

/** The room was destroyed by somebody else. */
export const isDestroyed = ({ videoroom }: Plain): boolean => videoroom === 'destroyed';

/** Janus refused something since there is no such room. */
export const isNoRoom = (error: unknown): boolean => error instanceof Error && error.message.endsWith(' (426)');

/** Janus has ended the session, or knows nothing of it. */
export const isSessionOver = ({ janus, error }: JanusMessage): boolean =>
  janus === 'timeout' || (janus === 'error' && error.endsWith(' (458)'));

/** The layer that a section of a subscriber shows from now on, when the event tells of one. */
export const layerOf = ({ mid, substream }: Plain): { mid: string; substream: number } | undefined =>
  typeof mid === 'string' && typeof substream === 'number' ? { mid, substream } : undefined;

/** The sections of an offer that carry something. */
export function streamsOf(data: Plain): readonly OfferedStream[] {
  const found: OfferedStream[] = [];
  for (const one of list(data.streams)) {
    const { mid, feed_id: feed, type, active } = plain(one);
    if (active === false || (type !== 'audio' && type !== 'video')) continue;
    found.push({ mid: text(mid), feed: text(feed), kind: type });
  }
  return found;
}

/** The rooms of a node, in the answer to `list`. */
export const roomsOf = (data: Plain): readonly { room: string; description: string; members: number }[] =>
  list(data.list).map((one) => {
    const { room, description, num_participants: members } = plain(one);
    return { room: text(room), description: text(description), members: typeof members === 'number' ? members : 0 };
  });
