import { pushFaults } from 'ringback-protocol';
import { Type } from 'typebox';

const text = Type.String();
const number = Type.Integer();
const at = Type.Integer({ description: 'ms' });

/** A push provider. */
export const pushProviderAnswer = Type.Object({
  app: number,
  name: text,
  kind: Type.String({ description: 'webhook, web-push, fcm, apns' }),
  setup: Type.Record(text, text, { description: 'What is not secret of its set-up.' }),
  secrets: Type.Array(text, {
    description: 'Of webhook, the newest first; that one in full when it is made or given, else their last characters.',
  }),
});

/** A device that pushes can ring. */
export const deviceTokenAnswer = Type.Object({
  user: text,
  device: text,
  provider: text,
  channel: Type.String({ description: 'alert, voip' }),
  platform: text,
  tokenEnd: Type.String({ description: 'The last characters of the token.' }),
  updatedAt: at,
});

const fault = Type.Optional(
  Type.String({ description: `The word for what this server itself says in text: ${pushFaults.join(', ')}.` }),
);

/** What a push service said. */
export const pushOutcomeAnswer = Type.Object({
  outcome: Type.String({ description: 'sent, gone (the token is void), retry, failed' }),
  status: Type.Integer({ description: 'Of HTTP; 0 when there was no answer.' }),
  text: Type.String({ description: 'What is wrong, as the service said it, or this server.' }),
  fault,
});

/** The members of a note; which there are depends on `what`. */
export const pushNoteFields = {
  what: Type.String({ description: 'rings, skipped, decided, push, over, cancel, answered' }),
  userId: Type.String({ description: 'The callee.' }),
  why: Type.Optional(
    Type.String({
      description:
        'Of skipped: off, noToken, full. Of decided: offline, silent, takenOver. Of over: answered, rejected, cancelled, timeout.',
    }),
  ),
  devices: Type.Optional(
    Type.Array(text, { description: 'Of decided: those online that did not say that they ring.' }),
  ),
  tokens: Type.Optional(Type.Integer({ description: 'Of decided: how many devices are pushed.' })),
  device: Type.Optional(text),
  provider: Type.Optional(text),
  channel: Type.Optional(text),
  attempt: Type.Optional(number),
  outcome: Type.Optional(Type.String({ description: 'sent, gone, retry, failed' })),
  status: Type.Optional(Type.Integer({ description: 'Of HTTP; 0 when there was no answer.' })),
  text: Type.Optional(text),
  fault,
  omitted: Type.Optional(
    Type.Array(text, {
      description:
        'Members of what the app gets that were left out, as the push service takes no more: callerAvatar, data, text, callerName.',
    }),
  ),
  took: Type.Optional(Type.Number({ description: 'ms' })),
  nextAt: Type.Optional(Type.Integer({ description: 'ms; when it is tried again, 0 when it is not.' })),
  targets: Type.Optional(Type.Integer({ description: 'Of over: devices that are told.' })),
  action: Type.Optional(Type.String({ description: 'Of answered: accept, reject, ignore.' })),
  refusal: Type.Optional(Type.String({ description: 'Of answered: why it was refused; empty when it was not.' })),
} as const;

/** Notes of pushes, of the newest call first, within a call in order. */
export const pushLogAnswer = Type.Object({
  entries: Type.Array(Type.Object({ callId: text, startedAt: at, at, ...pushNoteFields })),
  lookedTo: Type.Optional(
    Type.Integer({
      description:
        'ms; of one user, where not the whole log was looked through: calls that began before this were not. Ask again with it as `before`.',
    }),
  ),
});
