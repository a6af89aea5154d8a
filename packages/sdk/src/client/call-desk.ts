import { defined } from '../base/defined.ts';
import { asRingbackError, localError, RingbackError } from '../base/ringback-error.ts';
import type { CallView, InviteResults, Notices, Results, SignInResult } from '../base/wire.ts';
import { CallMedia } from '../media/call-media.ts';
import { hasWebRtc } from '../media/support.ts';
import { clearNotification } from '../push/subscribe.ts';
import type { Connection } from '../signalling/connection.ts';
import { Call } from './call.ts';
import type { CallOptions } from './client-options.ts';
import type { Desk } from './desk.ts';
import { endings, ownEnd } from './endings.ts';
import { canWait, GivenUpCalls } from './given-up.ts';

/** The call is over, or another device of this user has answered it. */
const overHere: ReadonlySet<string> = new Set(['no_such_call', 'call_ended', 'not_in_call', 'answered_elsewhere']);

/** What the server says of an invited user who does not exist. */
const unknownAccount = 70_107;

/** Holds the one call that rings or runs on this device: makes it, finds out about it, and sends notices to it. */
export class CallDesk {
  readonly #desk: Desk;
  #call: Call | undefined;
  /** Notices of a call whose first view is on its way. */
  #early: { callId: string; method: keyof Notices; params: Notices[keyof Notices] }[] = [];
  #opening = 0;
  /** The call that is being entered by its id. */
  #joining: string | undefined;
  /** Who is being called. */
  #dialling: readonly string[] = [];
  /** Came in while this user dialled; told once it is clear that the two were not dialling each other. */
  #arrived: Call | undefined;
  /** ms by which the server's clock is ahead of this device's. */
  #ahead = 0;
  readonly #givenUp: GivenUpCalls;

  constructor(desk: Desk) {
    this.#desk = desk;
    this.#givenUp = new GivenUpCalls(desk, () => this.#opening > 0);
  }

  get call(): Call | undefined {
    return this.#call;
  }

  /** Calls users. Resolves when the server has processed the invitations. */
  async dial(callees: readonly string[], options: CallOptions): Promise<{ call: Call; results: InviteResults }> {
    const { mediaType, chatGroupId, roomId, roomIdType, timeoutMs, userData, push } = options;
    if (!this.mayDial(callees)) throw localError('already_in_call');
    const params = defined({ callees, mediaType, chatGroupId, roomId, roomIdType, timeoutMs, userData, push });
    return this.#open(async () => {
      await this.#givenUp.settle();
      let made: { call: Call; results: InviteResults } | undefined;
      const take = ({ role, results, call: view }: Results['call']) => {
        // One that rang while this user dialled is the very call that was answered, or is over.
        this.#arrived = undefined;
        // Of a call of one's own everything after its start is told.
        made = { call: this.#adopt(view, { settled: false, heardUpTo: role === 'caller' ? 1 : undefined }), results };
      };
      this.#dialling = callees;
      try {
        await this.#door().request('call', params, { take });
      } catch (error) {
        made = await this.#dialAgain(error, params, take, () => made);
      } finally {
        this.#dialling = [];
      }
      if (made === undefined) throw localError('connection_lost');
      return made;
    });
  }

  /** Whether these can be dialled now: nobody else is called, or the caller of the call that rings here, which answers it. */
  mayDial(callees: readonly string[]): boolean {
    if (this.#call === undefined) return true;
    const { status, role, view } = this.#call;
    return status === 'ringing' && role === 'callee' && callees.length === 1 && callees[0] === view.caller;
  }

  /** Enters a running call by its id. */
  async join(callId: string): Promise<Call> {
    if (this.#call !== undefined && (this.#call.id !== callId || this.#call.status !== 'ringing'))
      throw localError('already_in_call');
    return this.#open(async () => {
      await this.#givenUp.settle(callId);
      const neverLeft = this.#givenUp.has(callId);
      let call: Call | undefined;
      const take = (view: CallView) => {
        call = this.#adopt(view, { settled: false });
      };
      this.#joining = callId;
      try {
        await this.#door().request('join', { callId }, { again: true, take });
      } catch (error) {
        this.#givenUp.tell(callId);
        throw error;
      } finally {
        this.#joining = undefined;
      }
      // The server, to which nothing has changed, sets up no media of itself.
      if (neverLeft) this.#soon(false, () => call?.media?.back());
      return call as Call;
    });
  }

  /** Asks the server for what was missed of the call. */
  catchUp(): void {
    if (this.#call !== undefined) this.#resume(this.#call);
  }

  /** The server can be reached; `again`: after it could not be. */
  online({ call: view, callHere, serverTime }: SignInResult, again: boolean): void {
    this.#ahead = serverTime - this.#desk.timers.now();
    // The others are over without us.
    this.#givenUp.keepOnly(view?.callId);
    if (view !== undefined) this.#leaveForInvitation(view);
    const call = this.#call;
    if (call !== undefined) {
      this.#resume(call);
      if (again && callHere && view?.callId === call.id) call.media?.back();
    }
    if (view === undefined || view.callId === call?.id) return;
    if (this.#isGivenUp(view) && !this.#isAnswered(view)) {
      // Who enters it again just now, and lost the line meanwhile, is not to leave it.
      if (this.#joining !== view.callId && !this.#dials(view)) this.#givenUp.tell(view.callId);
      return;
    }
    if (!callHere) this.#desk.elsewhere(view);
    // One that rings is told of by a notice; one that is held goes on here.
    else if (call === undefined && this.#isIn(view)) {
      // Of the call whose dialling the line has cut short everything after its start is told.
      const dialled = again && this.#dialling.length > 0 && view.caller === this.#desk.userId();
      this.#adopt(view, { heardUpTo: dialled ? 1 : undefined }).media?.back();
    }
  }

  #isIn(view: CallView): boolean {
    return this.#ownStatus(view) === 'Calling';
  }

  #ownStatus({ members }: CallView): string | undefined {
    return members.find(({ userId }) => userId === this.#desk.userId())?.status;
  }

  /** Who is in a call and rings in it has been dropped meanwhile, and invited back: that is another call to this device. */
  #leaveForInvitation(view: CallView): void {
    const call = this.#call;
    if (call?.id !== view.callId || view.eventSeq < call.view.eventSeq || this.#ownStatus(view) !== 'Waiting') return;
    if (call.status === 'connected' || call.role === 'caller') call.abandon(endings.offline);
  }

  /** Whether this call was given up here. An invitation back into one that was left has not been seen, let alone declined. */
  #isGivenUp(view: CallView): boolean {
    const { callId } = view;
    if (this.#ownStatus(view) === 'Waiting' && !this.#givenUp.rang(callId)) this.#givenUp.forget(callId);
    return this.#givenUp.has(callId);
  }

  /** Whether the one who made this call is being called, which answers it. */
  #dials({ caller }: CallView): boolean {
    return this.#dialling.length === 1 && this.#dialling[0] === caller;
  }

  /** Whether the server has taken what is being dialled for the answer to this call, which was declined before. */
  #isAnswered(view: CallView): boolean {
    return this.#dials(view) && this.#isIn(view) && this.#givenUp.rang(view.callId);
  }

  /** Takes a notice that is about a call. */
  notice<M extends Exclude<keyof Notices, 'kickedOut' | 'sigExpired'>>(method: M, params: Notices[M]): void {
    if (method === 'callReceived') {
      this.#received(params as CallView);
      return;
    }
    const { callId } = params as { readonly callId: string };
    const call = this.#call;
    if (call?.id !== callId) {
      if (this.#opening > 0 && this.#early.length < 200) this.#early.push({ callId, method, params });
      return;
    }
    if (method === 'callChanged') call.take({ method, params: params as Notices['callChanged'] });
    else if (method === 'callEnded') call.take({ method, params: params as Notices['callEnded'] });
    else if (method === 'media') call.media?.fromService((params as Notices['media']).data);
    else if (method === 'signal') {
      const { from, data } = params as Notices['signal'];
      call.media?.fromPeer(from, data);
    }
  }

  /** The device is signed out, `byUser` or by others: nobody can be asked any more. */
  stopped(byUser: boolean): void {
    if (this.#call !== undefined) this.#call.abandon(byUser ? ownEnd(this.#call, endings.offline) : endings.offline);
    this.#givenUp.keepOnly();
    this.#desk.media?.release();
  }

  #door(): Connection {
    const connection = this.#desk.connection();
    if (connection === undefined) throw localError('not_signed_in');
    return connection;
  }

  /** While a call is being made its notices may come before anybody knows it. */
  async #open<T>(run: () => Promise<T>): Promise<T> {
    this.#opening += 1;
    try {
      return await run();
    } catch (error) {
      throw asRingbackError(error);
    } finally {
      this.#opening -= 1;
      if (this.#opening === 0) {
        this.#early = [];
        // Whoever was refused hears of that first.
        if (this.#arrived !== undefined) this.#soon(false, () => this.#tellArrived());
      }
    }
  }

  #tellArrived(): void {
    // Another call is being made or joined by now, which may answer this one.
    if (this.#opening > 0) return;
    const arrived = this.#arrived;
    this.#arrived = undefined;
    if (arrived !== undefined && arrived.status === 'ringing' && this.#call === arrived) this.#desk.incoming(arrived);
  }

  /** The line broke while the server was dialling: it knows whether there is a call. */
  async #dialAgain<T>(
    error: unknown,
    params: object,
    take: (result: Results['call']) => void,
    made: () => T | undefined,
  ): Promise<T | undefined> {
    if (!(error instanceof RingbackError) || error.reason !== 'connection_lost') throw error;
    await this.#door().request('ping', {}, { again: true });
    const call = this.#call;
    if (call !== undefined && (call.role === 'caller' || (call.status === 'connected' && this.#dials(call.view)))) {
      this.#soon(false, () => this.#resume(call));
      return { call, results: this.#resultsOf(call) } as T;
    }
    if (call !== undefined) throw localError('already_in_call');
    // What the server could not be told before may be told now.
    await this.#givenUp.settle();
    await this.#door().request('call', params, { take });
    return made();
  }

  /** What became of each who was dialled, where the answer was lost: servers that say whom they invited left the others out. */
  #resultsOf({ view }: Call): InviteResults {
    const present = view.members.map(({ userId }) => userId).filter((userId) => userId !== this.#desk.userId());
    if (view.invited === undefined) return present.map((userId) => ({ userId, code: 0 }));
    const known = new Set([...view.invited, ...present]);
    return this.#dialling.map((userId) => ({ userId, code: known.has(userId) ? 0 : unknownAccount }));
  }

  /**
   * There is a call; notices that came early are for it. Unless it is `settled`, whoever asked for it hears of the answer
   * first, and of what happens in it after that.
   */
  #adopt(view: CallView, options: { readonly settled?: boolean; readonly heardUpTo?: number | undefined } = {}): Call {
    const { settled = true, heardUpTo } = options;
    this.#givenUp.forget(view.callId);
    if (this.#call?.id === view.callId) {
      const known = this.#call;
      this.#soon(settled, () => known.show(view));
      return known;
    }
    this.#call?.abandon(0);
    const call = this.#made(view, heardUpTo);
    this.#call = call;
    this.#desk.began(call);
    // Who holds a call pings more often, and learns how often by a ping.
    if (!settled) this.#desk.connection()?.pingSoon();
    const early = this.#early;
    this.#early = [];
    for (const { callId, method, params } of early)
      if (callId === call.id) this.notice(method as 'signal', params as never);
    this.#soon(settled, () => call.begin());
    return call;
  }

  #made(view: CallView, heardUpTo: number | undefined): Call {
    const { media: local, timers, iceTransportPolicy } = this.#desk;
    const userId = this.#desk.userId();
    const door = {
      userId,
      act: (one: Call, method: 'accept' | 'reject' | 'ignore' | 'hangUp') => this.#act(one, method),
      invite: async (one: Call, users: readonly string[], options: object) => {
        const { results } = await this.#door().request('invite', defined({ callId: one.id, users, ...options }));
        return results;
      },
      switchMedia: async (one: Call, mediaType: string) => {
        await this.#door().request('switchMedia', { callId: one.id, mediaType }, { again: true });
      },
      resume: (one: Call) => this.#resume(one),
      // Times of a call are the server's, whatever the clock of the device says.
      now: () => this.#desk.timers.now() + this.#ahead,
    };
    const call = new Call(door, view, heardUpTo);
    if (local !== undefined && hasWebRtc()) {
      const send = async (to: string, data: unknown): Promise<void> => {
        await this.#door().request('signal', { callId: call.id, to, data });
      };
      call.media = new CallMedia({ userId, local, timers, iceTransportPolicy: iceTransportPolicy(), send });
    }
    const { media } = call;
    call.on('connected', () => media?.start());
    // No push takes it back on the device that answers.
    if (call.role === 'callee') call.on('connected', () => void clearNotification(call.id));
    call.on('joined', (one) => media?.joined(one.userId));
    call.on('left', (one) => media?.forget(one.userId));
    call.on('ended', ({ wasConnected }) => {
      // A push that was late.
      if (wasConnected && call.role === 'callee') void clearNotification(call.id);
      if (this.#call !== call) return;
      this.#call = undefined;
      local?.release();
    });
    return call;
  }

  #soon(now: boolean, run: () => void): void {
    if (now) run();
    else this.#desk.timers.after(0, run);
  }

  async #act(call: Call, method: 'accept' | 'reject' | 'ignore' | 'hangUp'): Promise<void> {
    if (call.status === 'ended') {
      if (method === 'accept') throw localError('not_in_call', 'The call has ended.');
      return;
    }
    if (method !== 'accept' && call.role === 'callee') void clearNotification(call.id);
    // Whoever hangs up is neither heard nor seen from that moment on.
    if (method === 'hangUp') {
      call.media?.close();
      this.#desk.media?.release();
    }
    try {
      await this.#door().request(method, { callId: call.id }, { again: true });
      // From here on the device pings as often as one in a call.
      if (method === 'accept') this.#desk.connection()?.pingSoon();
    } catch (error) {
      const { reason } = asRingbackError(error);
      // It does not wait: it was declined elsewhere; or this device has answered, and what was asked cannot be.
      const declined = reason === 'not_waiting' && (method === 'hangUp' || call.status === 'ringing');
      const over = declined || overHere.has(reason);
      if (over) this.#resume(call);
      // Who wants to be out of a call that is over has what was wanted.
      if (over && method !== 'accept') return;
      if (method !== 'accept' && canWait(reason)) {
        this.#givenUp.add(call.id, { reason, rang: call.status === 'ringing' && call.role === 'callee' });
        call.abandon(ownEnd(call, endings.rejected));
        return;
      }
      throw error;
    }
  }

  #resume(call: Call): void {
    const connection = this.#desk.connection();
    if (connection === undefined || !call.holdBack()) return;
    const take = (answer: Parameters<Call['catchUp']>[0]) => {
      call.catchUp(answer);
      if (answer?.call === null && call.status !== 'ended') call.abandon(0);
    };
    connection
      .request('resume', { callId: call.id, eventSeq: call.heardUpTo }, { again: true, take })
      .catch((error) => {
        call.catchUp(undefined);
        const { reason } = asRingbackError(error);
        if (reason === 'no_such_call' || reason === 'not_in_call') call.abandon(0);
      });
  }

  #received(view: CallView): void {
    if (this.#isGivenUp(view)) return;
    this.#leaveForInvitation(view);
    // So that no push is needed to wake another device.
    this.#door()
      .request('ringing', { callId: view.callId })
      .catch(() => {});
    // Told again after each sign-in.
    if (this.#call?.id === view.callId) {
      this.#call.show(view);
      return;
    }
    const call = this.#adopt(view);
    if (this.#opening > 0) this.#arrived = call;
    else this.#desk.incoming(call);
  }
}
