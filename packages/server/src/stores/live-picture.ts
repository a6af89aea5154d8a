import type { Call, Seat } from 'ringback-engine';
import type { CallId, SdkAppId, UserId } from 'ringback-protocol';
import { ChurnMap } from '../base/churn-map.ts';
import type { CallWrite } from '../ports/store.ts';

interface OfApp {
  readonly calls: ChurnMap<CallId, Call>;
  readonly seats: ChurnMap<UserId, Seat>;
}

/** The live calls and their seats at one moment. By application first, since a key made of two ids costs more than two look-ups; what is empty stays. */
export class LivePicture {
  readonly #apps = new Map<SdkAppId, OfApp>();

  call(app: SdkAppId, callId: CallId): Call | undefined {
    return this.#apps.get(app)?.calls.get(callId);
  }

  seat(app: SdkAppId, userId: UserId): Seat | undefined {
    return this.#apps.get(app)?.seats.get(userId);
  }

  /** Of one application, or of all. */
  calls(app?: SdkAppId): Call[] {
    const apps = app === undefined ? [...this.#apps.values()] : [this.#apps.get(app)];
    return apps.flatMap((one) => [...(one?.calls.values() ?? [])]);
  }

  setCall(call: Call): void {
    this.#of(call.app).calls.set(call.callId, call);
  }

  setSeat(app: SdkAppId, userId: UserId, seat: Seat): void {
    this.#of(app).seats.set(userId, seat);
  }

  /** Applies a write. */
  take({ app, callId, call, seats, unseats }: CallWrite): void {
    const live = this.#of(app);
    if (call.endedAt === 0) live.calls.set(callId, call);
    else live.calls.delete(callId);
    for (const { userId, status } of seats) live.seats.set(userId, { callId, status });
    for (const userId of unseats) live.seats.delete(userId);
  }

  #of(app: SdkAppId): OfApp {
    let live = this.#apps.get(app);
    if (live === undefined) {
      live = { calls: new ChurnMap(), seats: new ChurnMap() };
      this.#apps.set(app, live);
    }
    return live;
  }
}
