import {
  type Call,
  type CallEvent,
  type CallRecord,
  type CallWebhookEvent,
  type Effect,
  type Notice,
  type Person,
  type Seat,
  type StartEvent,
  start,
  step,
} from 'ringback-engine';
import {
  type CallId,
  callId,
  type DeviceId,
  deviceId,
  type SdkAppId,
  sdkAppId,
  type UserId,
  userId,
} from 'ringback-protocol';

export const app: SdkAppId = sdkAppId(1400000001);
export const t0 = 1_700_000_000_000;

export const user = (name: string): UserId => userId(name);
/** Each user's first device is named after the user, the second gets a `2`. */
export const phone = (name: string, number = 1): DeviceId => deviceId(`${name}-phone${number === 1 ? '' : number}`);

export interface Told {
  readonly userId: string;
  readonly device?: string;
  readonly except?: string;
  readonly notice: Notice;
}

/** One call and everything that has come out of it; steps run at a time of their own. */
export class Scene {
  call: Call;
  now = t0;
  readonly webhooks: CallWebhookEvent[] = [];
  readonly told: Told[] = [];
  readonly records: CallRecord[] = [];
  readonly seats = new Map<string, string>();

  constructor(event: Partial<StartEvent> & { readonly callees: readonly Person[] }) {
    const outcome = start(startEvent(event), this.now);
    if (!('call' in outcome)) throw new Error(`The call did not start: ${JSON.stringify(outcome)}`);
    this.call = outcome.call;
    this.#take(outcome.effects);
  }

  /** Applies an event that must be accepted; gives the effects of this step alone. */
  do(event: CallEvent, after = 1000): readonly Effect[] {
    this.now += after;
    this.told.length = 0;
    const outcome = step(this.call, event, this.now);
    if ('refusal' in outcome) throw new Error(`${event.type} was refused: ${outcome.refusal}`);
    this.call = outcome.call;
    this.#take(outcome.effects);
    return outcome.effects;
  }

  /** Applies an event that must be refused; gives the name of the refusal. */
  refuse(event: CallEvent): string {
    const outcome = step(this.call, event, this.now);
    if (!('refusal' in outcome)) throw new Error(`${event.type} was accepted.`);
    return outcome.refusal;
  }

  /** The members as `name:status`, those who left by their outcome. */
  get members(): string {
    return this.call.members.map((one) => `${one.userId}:${one.outcome ?? one.status}`).join(' ');
  }

  /** `Kind(name:Action …)` of every webhook event so far. */
  get story(): readonly string[] {
    return this.webhooks.map(
      (one) => `${one.kind}(${one.changed.map((change) => `${change.userId}:${change.action}`).join(' ')})`,
    );
  }

  /** What the last step told a user: `method` or `callEnded:reason:byWhom@device`. */
  heard(name: string): readonly string[] {
    return this.told
      .filter((one) => one.userId === name)
      .map(({ notice, device, except }) => {
        const where = device !== undefined ? `@${device}` : except !== undefined ? `@!${except}` : '';
        if (notice.method === 'callEnded') return `callEnded:${notice.reason}:${notice.userId}${where}`;
        return `${notice.method}${where}`;
      });
  }

  #take(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === 'event') this.webhooks.push(effect.event);
      else if (effect.type === 'record') this.records.push(effect.record);
      else if (effect.type === 'seat') this.seats.set(effect.userId, effect.status);
      else if (effect.type === 'unseat') this.seats.delete(effect.userId);
      else for (const audience of effect.to) this.told.push({ ...audience, notice: effect.notice });
    }
  }
}

export const person = (name: string, seat?: Seat): Person => ({
  userId: user(name),
  nick: `Nick of ${name}`,
  avatar: '',
  ...(seat === undefined ? {} : { seat }),
});

export const elsewhere: Seat = { callId: callId('11111111-1111-4111-8111-111111111111'), status: 'Calling' };
export const thisCall: CallId = callId('00000000-0000-4000-8000-000000000001');

export function startEvent(event: Partial<StartEvent> & { readonly callees: readonly Person[] }): StartEvent {
  const caller = event.caller ?? person('alice');
  return {
    type: 'start',
    app,
    callId: thisCall,
    caller,
    device: event.robot === true ? '' : phone(caller.userId),
    robot: false,
    asked: event.callees.length,
    mediaType: 'Audio',
    chatGroupId: '',
    groupKnown: false,
    roomId: '',
    roomIdType: 0,
    userData: '',
    timeout: 30_000,
    maxMembers: 9,
    glare: 'merge',
    origin: { clientIp: '127.0.0.1', platform: 'Web' },
    ...event,
  };
}

export const accept = (name: string, number = 1): CallEvent => ({
  type: 'accept',
  userId: user(name),
  device: phone(name, number),
});
export const reject = (name: string, number = 1): CallEvent => ({
  type: 'reject',
  userId: user(name),
  device: phone(name, number),
});
export const ignore = (name: string): CallEvent => ({ type: 'ignore', userId: user(name), device: phone(name) });
export const hangUp = (name: string, number = 1): CallEvent => ({
  type: 'hangUp',
  userId: user(name),
  device: phone(name, number),
});
export const leaseLost = (name: string, nodeDied = false): CallEvent => ({
  type: 'leaseLost',
  userId: user(name),
  device: phone(name),
  nodeDied,
});
export const invite = (by: string, ...invitees: readonly Person[]): CallEvent => ({
  type: 'invite',
  userId: user(by),
  device: phone(by),
  invitees,
  timeout: 30_000,
  userData: '',
});
export const join = (who: Person, groupMember = false): CallEvent => ({
  type: 'join',
  person: who,
  device: phone(who.userId),
  groupMember,
});
export const timeout: CallEvent = { type: 'timeout' };
export const end: CallEvent = { type: 'end' };
