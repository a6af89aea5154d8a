import {
  type CallId,
  type DeviceId,
  type ErrorName,
  errors,
  type NodeId,
  Refusal,
  type SdkAppId,
  type UserId,
} from 'ringback-protocol';
import type { Standing } from './member-media.ts';

/** What a device says to the media service of its call, on its way to the node that looks after it. */
export interface SayLetter {
  readonly kind: 'say';
  /** Counted by the sender. */
  readonly id: number;
  readonly from: NodeId;
  readonly app: SdkAppId;
  readonly callId: CallId;
  readonly userId: UserId;
  readonly device: DeviceId;
  /** As the device sent it; the reader checks its form. */
  readonly data: unknown;
}

/** What became of it: taken, refused, or not for this node. */
export type ReplyLetter =
  | { readonly kind: 'taken'; readonly id: number; readonly standing: Standing }
  | {
      readonly kind: 'refused';
      readonly id: number;
      readonly name: ErrorName;
      readonly detail?: string;
      readonly field?: string;
    }
  | { readonly kind: 'elsewhere'; readonly id: number };

/** What nodes write to each other about the media of calls. */
export type MediaLetter =
  | SayLetter
  | ReplyLetter
  /** A call has changed; `over`: it is no more. */
  | {
      readonly kind: 'changed';
      readonly app: SdkAppId;
      readonly callId: CallId;
      readonly version: number;
      readonly over: boolean;
    }
  /** A node stops, and looks after nothing any more. */
  | { readonly kind: 'leaving'; readonly from: NodeId };

const isText = (value: unknown): value is string => typeof value === 'string' && value.length > 0;
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** A letter, checked for form; undefined for what no node of this installation has written. */
export function readLetter(text: string): MediaLetter | undefined {
  let letter: Record<string, unknown> | null;
  try {
    letter = JSON.parse(text) as Record<string, unknown> | null;
  } catch {
    return undefined;
  }
  if (typeof letter !== 'object' || letter === null) return undefined;
  const { kind, id, from, app, callId, userId, device, version, over, standing, name } = letter;
  const named = isCount(app) && isText(callId);
  const fits =
    (kind === 'say' && isCount(id) && isText(from) && named && isText(userId) && isText(device)) ||
    (kind === 'taken' && isCount(id) && isStanding(standing)) ||
    (kind === 'refused' && isCount(id) && isText(name) && Object.hasOwn(errors, name)) ||
    (kind === 'elsewhere' && isCount(id)) ||
    (kind === 'changed' && named && isCount(version) && typeof over === 'boolean') ||
    (kind === 'leaving' && isText(from));
  return fits ? (letter as unknown as MediaLetter) : undefined;
}

function isStanding(value: unknown): value is Standing {
  if (typeof value !== 'object' || value === null) return false;
  const { epoch, mode } = value as Partial<Standing>;
  return isCount(epoch) && (mode === '' || mode === 'p2p' || mode === 'room');
}

/** How a refusal travels. */
export const refusedLetter = (id: number, { reason, detail, field }: Refusal): ReplyLetter => ({
  kind: 'refused',
  id,
  name: reason,
  ...(detail !== undefined && { detail }),
  ...(field !== undefined && { field }),
});

/** The refusal that travelled. */
export function refusalOf({ name, detail, field }: ReplyLetter & { readonly kind: 'refused' }): Refusal {
  return new Refusal(name, isText(detail) ? detail : undefined, isText(field) ? field : undefined);
}
