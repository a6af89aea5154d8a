import type { Call, CallWebhookEvent } from 'ringback-engine';
import type { EventKind } from 'ringback-protocol';
import { type TObject, Type } from 'typebox';

/** One kind of event as the API tells it: its file declares everything about it. */
export interface WebhookEvent {
  readonly kind: EventKind;
  /** Its word on the wire. */
  readonly command: string;
  /** One line, for lists. */
  readonly summary: string;
  /** Markdown, for the reference. */
  readonly description: string;
  readonly payload: TObject;
  readonly example: object;
  /** The payload; `call` is the call after the step. */
  render(call: Call, event: CallWebhookEvent): object;
}

/** Members of every payload. */
export const commonFields = {
  EventTime: Type.Integer({ description: 'When it happened, in ms since 1970. Rises from event to event of a call.' }),
  EventSeq: Type.Integer({
    description: 'Counts the events of a call without a gap: `StartCall` is 1, `EndCall` the last.',
  }),
};

/** Who is in the call, ringing or talking. */
export const userListField = () =>
  Type.Array(
    Type.Object({
      User_Account: Type.String({ description: 'A UserID.' }),
      Status: Type.Enum(['Calling', 'Waiting'], { description: '`Calling`: in the call, `Waiting`: ringing.' }),
    }),
    { description: 'The members after the event.' },
  );

export const userList = (event: CallWebhookEvent) =>
  event.users.map(({ userId, status }) => ({ User_Account: userId, Status: status }));
