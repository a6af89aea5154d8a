import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

// biome-ignore lint/suspicious/noExplicitAny: payloads are judged member by member.
type Json = any;

/** A call as its events alone tell it. */
export interface MirroredCall {
  seq: number;
  eventTime: number;
  caller: string;
  mediaType: string;
  roomId: string;
  /** Whoever was ever invited or in the call, in order. */
  readonly members: string[];
  /** Who rings or talks. */
  readonly present: Map<string, string>;
  /** What each of them did last. */
  readonly did: Map<string, string>;
  /** Everything that was done, as `bob Answer`. */
  readonly deeds: Set<string>;
  /** When each of them rang or talked, ms: from the event that told of it to the one that told of its end. */
  readonly held: Map<string, { readonly from: number; to: number }[]>;
  /** When somebody was invited who was in another call, ms. */
  readonly busyAt: Map<string, number>;
  /** s; 0 while nobody has answered. */
  acceptedAt: number;
  lastChange: string;
  record: Json;
}

/** What a request is done to, by chance. */
type Mischief = 'none' | '500' | 'taken, then 500' | 'cut' | '301' | 'late';

/** A customer's server that rebuilds every call from its events, and that is unreliable on purpose. */
export class Mirror {
  readonly calls = new Map<string, MirroredCall>();
  /** Everything that was not as it should be. */
  readonly faults: string[] = [];
  /** The text of each event that was taken, by its `webhook-id`. */
  readonly #taken = new Map<string, string>();
  duplicates = 0;
  /** How often events of a call came again. */
  readonly #again = new Map<string, number>();
  requests = 0;
  failures = 0;
  /** Share of requests that something is done to. */
  unreliability = 0;
  /** Answers wait for this, when it is there: what was taken is on its way still for the sender. */
  held: Promise<void> | undefined;
  #verifier: Webhook | undefined;
  readonly #server: Server;
  readonly #random: () => number;
  readonly #sdkAppId: number;

  private constructor(sdkAppId: number, random: () => number) {
    this.#sdkAppId = sdkAppId;
    this.#random = random;
    this.#server = createServer((request, response) => this.#receive(request, response));
  }

  static async open(sdkAppId: number, random: () => number): Promise<Mirror> {
    const mirror = new Mirror(sdkAppId, random);
    await new Promise<void>((resolve) => mirror.#server.listen(0, '127.0.0.1', resolve));
    return mirror;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/mirror?customer=1`;
  }

  set secret(secret: string) {
    this.#verifier = new Webhook(secret);
  }

  get events(): number {
    return this.#taken.size;
  }

  /** How often events of this call came again. */
  again(callId: string): number {
    return this.#again.get(callId) ?? 0;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      this.requests += 1;
      const mischief = this.#mischief();
      if (mischief !== 'none') this.failures += 1;
      if (mischief === 'none' || mischief === 'taken, then 500' || mischief === 'late') {
        this.#take(request, Buffer.concat(chunks).toString('utf8'));
      }
      if (mischief === 'cut') request.socket.destroy();
      else if (mischief === 'late') setTimeout(() => response.end(), 6000);
      else if (this.held === undefined) answer(response, mischief);
      else void this.held.then(() => answer(response, mischief));
    });
    request.on('error', () => {});
  }

  #mischief(): Mischief {
    const dice = this.#random();
    if (dice >= this.unreliability) return 'none';
    const kinds = ['500', 'taken, then 500', 'cut', '301'] as const;
    // A late answer costs the sender five seconds, so there are few.
    if (this.#random() < 0.005) return 'late';
    return kinds[Math.floor(this.#random() * kinds.length)] ?? '500';
  }

  #take(request: IncomingMessage, text: string): void {
    const url = new URL(request.url ?? '', 'http://mirror');
    const id = String(request.headers['webhook-id']);
    try {
      this.#verifier?.verify(text, request.headers as Record<string, string>);
    } catch (error) {
      this.faults.push(`${id}: ${String(error)}`);
    }
    if (url.searchParams.get('SdkAppid') !== String(this.#sdkAppId)) this.faults.push(`${id}: of another application`);
    const known = this.#taken.get(id);
    if (known !== undefined) {
      this.duplicates += 1;
      const callId = id.slice(0, id.lastIndexOf('-'));
      this.#again.set(callId, this.again(callId) + 1);
      if (known !== text) this.faults.push(`${id}: came again with another body`);
      return;
    }
    this.#taken.set(id, text);
    const body: Json = JSON.parse(text);
    const command = url.searchParams.get('CallbackCommand');
    if (body.CallbackCommand !== command) this.faults.push(`${id}: URL and body name different events`);
    this.#apply(id, body);
  }

  #apply(id: string, body: Json): void {
    const callId: string = body.CallId ?? body.CallInfo?.CallId ?? body.CallRecord?.CallId;
    if (id !== `${callId}-${body.EventSeq}`) this.faults.push(`${id}: is event ${body.EventSeq} of ${callId}`);
    let call = this.calls.get(callId);
    if (call === undefined) {
      call = {
        seq: 0,
        eventTime: 0,
        caller: '',
        mediaType: '',
        roomId: '',
        members: [],
        present: new Map(),
        did: new Map(),
        deeds: new Set(),
        held: new Map(),
        busyAt: new Map(),
        acceptedAt: 0,
        lastChange: '',
        record: undefined,
      };
      this.calls.set(callId, call);
    }
    if (body.EventSeq !== call.seq + 1) this.faults.push(`${id}: came after event ${call.seq}`);
    if (body.EventTime <= call.eventTime) this.faults.push(`${id}: its time does not rise`);
    if (call.record !== undefined) this.faults.push(`${id}: came after the end`);
    call.seq = body.EventSeq;
    call.eventTime = body.EventTime;
    if (body.CallInfo !== undefined) begin(call, body);
    else if (body.CallRecord === undefined) change(call, body);
    else {
      call.record = body.CallRecord;
      for (const user of call.present.keys()) leave(call, user, body.EventTime);
    }
    if (body.UserList === undefined) return;
    const told = body.UserList.map((one: Json) => `${one.User_Account} ${one.Status}`).join();
    const rebuilt = [...call.present].map(([user, status]) => `${user} ${status}`).join();
    if (told !== rebuilt) this.faults.push(`${id}: tells of ${told}, but it was ${rebuilt}`);
  }
}

function answer(response: ServerResponse, mischief: Mischief): void {
  const status = mischief === 'none' ? 200 : mischief === '301' ? 301 : 500;
  response.writeHead(status, { 'content-type': 'application/json', location: 'http://127.0.0.1:1/' });
  response.end('{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}');
}

function hold(call: MirroredCall, user: string, status: string, from: number): void {
  call.present.set(user, status);
  const spans = call.held.get(user) ?? [];
  if (spans.at(-1)?.to !== Number.POSITIVE_INFINITY) spans.push({ from, to: Number.POSITIVE_INFINITY });
  call.held.set(user, spans);
}

function leave(call: MirroredCall, user: string, to: number): void {
  const span = call.held.get(user)?.at(-1);
  if (span?.to === Number.POSITIVE_INFINITY) span.to = to;
}

function begin(call: MirroredCall, { CallInfo, UserList, EventTime }: Json): void {
  call.mediaType = CallInfo.MediaType;
  call.roomId = CallInfo.RoomId;
  for (const { User_Account: user, Status } of UserList) {
    hold(call, user, Status, EventTime);
    call.members.push(user);
    if (Status === 'Calling') call.caller = user;
  }
}

/** What users do, or what becomes of them, who were not in the call before. */
const brings: ReadonlySet<string> = new Set(['Invite', 'Join', 'Busy']);

function change(call: MirroredCall, { ChangedUserList, EventTime }: Json): void {
  for (const { User_Account: user, ActionType: action } of ChangedUserList) {
    if (action !== 'Cancel_Invite') call.lastChange = action;
    call.did.set(user, action);
    call.deeds.add(`${user} ${action}`);
    if (action === 'Answer' || action === 'Join') {
      hold(call, user, 'Calling', EventTime);
      if (call.acceptedAt === 0) call.acceptedAt = Math.floor(EventTime / 1000);
    } else if (action === 'Invite') hold(call, user, 'Waiting', EventTime);
    else {
      if (action === 'Busy' && !call.present.has(user)) call.busyAt.set(user, EventTime);
      call.present.delete(user);
      leave(call, user, EventTime);
    }
    // Of somebody who was busy when they were invited, nothing else is told.
    if (brings.has(action) && !call.members.includes(user)) call.members.push(user);
  }
}
