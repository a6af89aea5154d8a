import type { CallId, NodeId, SdkAppId } from 'ringback-protocol';
import type { LanePlace, LaneShare } from '../../packages/server/src/ports/lane-claims.ts';
import type { CallPlace, EventKey, PendingEvent, Settlement } from '../../packages/server/src/ports/outbox.ts';

/** What waits to be told of one event at one endpoint. */
export interface OutboxRow {
  readonly event: PendingEvent;
  firstAt: number;
  attempts: number;
  parked: boolean;
  owner: NodeId | '';
  /** Another node has added it to the owner's lane, who has not heard of that yet. */
  handed: boolean;
}

interface Lane extends LanePlace {
  /** In the order of their numbers. */
  readonly rows: OutboxRow[];
}

/** Lanes that one taking over moves, at most, of each endpoint. */
const lanesAtOnce = 200;

const endpointKey = (app: SdkAppId, endpoint: string): string => `${app}/${endpoint}`;
const byPlace = (a: CallPlace, b: CallPlace): number =>
  a.startedAt - b.startedAt || (a.callId < b.callId ? -1 : a.callId > b.callId ? 1 : 0);
const isAfter = (event: EventKey, place: EventKey): boolean =>
  (byPlace(event, place) || event.eventSeq - place.eventSeq || event.part - place.part) > 0;

/** The outbox: what waits, by endpoint and call, and whose it is to deliver. As the tables of a shared database. */
export class LanesTable {
  readonly #byEndpoint = new Map<string, Map<CallId, Lane>>();
  /** Rows. */
  size = 0;

  /** Adds an event to the lane of its call, which is `self`'s if nothing waits there; says whose it is. */
  add(event: PendingEvent, self: NodeId): { readonly owner: NodeId | ''; readonly unheard: boolean } {
    const lane = this.#laneOf(event);
    const owner = lane.rows.find((row) => !row.parked)?.owner ?? self;
    const unheard = lane.rows.some((one) => !one.parked && (one.handed || one.owner !== self));
    const row = { event, firstAt: 0, attempts: 0, parked: false, owner, handed: owner !== self };
    let place = lane.rows.length;
    while (place > 0 && isAfter((lane.rows[place - 1] as OutboxRow).event, event)) place -= 1;
    lane.rows.splice(place, 0, row);
    this.size += 1;
    return { owner, unheard };
  }

  /** Those of one node that are not parked and have nothing of another one before them, in the order of their keys. */
  page(app: SdkAppId, endpoint: string, self: NodeId, after: EventKey | undefined, limit: number): PendingEvent[] {
    const lanes = [...(this.#byEndpoint.get(endpointKey(app, endpoint))?.values() ?? [])].sort(byPlace);
    const found: PendingEvent[] = [];
    for (const lane of lanes) {
      for (const event of this.#deliverable(lane, self)) {
        if (found.length === limit) return found;
        if (after === undefined || isAfter(event, after)) found.push(event);
      }
    }
    return found;
  }

  ofCall(app: SdkAppId, endpoint: string, self: NodeId, callId: CallId, limit: number): PendingEvent[] {
    const lane = this.#byEndpoint.get(endpointKey(app, endpoint))?.get(callId);
    return lane === undefined ? [] : this.#deliverable(lane, self).slice(0, limit);
  }

  settle(event: PendingEvent, settlement: Settlement): void {
    const lane = this.#byEndpoint.get(endpointKey(event.app, event.endpoint))?.get(event.callId);
    const at = lane?.rows.findIndex((one) => one.event.eventSeq === event.eventSeq && one.event.part === event.part);
    const row = lane?.rows[at ?? -1];
    if (lane === undefined || row === undefined) return;
    if (settlement.outcome === 'delivered') {
      lane.rows.splice(at as number, 1);
      this.size -= 1;
      this.#tidy(lane);
      return;
    }
    row.firstAt = settlement.firstAt;
    row.attempts = settlement.attempts;
    if (settlement.outcome !== 'parked') return;
    row.parked = true;
    if (settlement.later) for (const later of lane.rows.slice(at)) later.parked = true;
  }

  look(self: NodeId): { readonly handed: boolean; readonly owners: readonly (NodeId | '')[] } {
    const owners = new Set<NodeId | ''>();
    let handed = false;
    for (const lane of this.#lanes()) {
      for (const row of lane.rows) {
        if (row.parked) continue;
        owners.add(row.owner);
        handed ||= row.handed && row.owner === self;
      }
    }
    return { handed, owners: [...owners].sort() };
  }

  takeHanded(self: NodeId, limit: number): LanePlace[] {
    const taken: LanePlace[] = [];
    for (const lane of this.#lanes()) {
      if (taken.length === limit) break;
      const rows = lane.rows.filter((row) => row.handed && row.owner === self);
      if (rows.length === 0) continue;
      for (const row of rows) row.handed = false;
      taken.push(placeOf(lane));
    }
    return taken;
  }

  takeOver(self: NodeId, dead: NodeId | '', living: readonly NodeId[]) {
    const mine: LaneShare[] = [];
    const others = new Set<NodeId>();
    let moved = 0;
    for (const lanes of this.#byEndpoint.values()) {
      const all = [...lanes.values()].filter(({ rows }) => rows.some((row) => row.owner === dead && !row.parked));
      let events = 0;
      for (const { rows } of all.sort(byPlace).slice(0, lanesAtOnce)) {
        const isHeir = ({ owner, parked }: OutboxRow): boolean => !parked && living.includes(owner as NodeId);
        const heir = (rows.find(isHeir)?.owner ?? self) as NodeId;
        for (const row of rows) {
          if (row.owner !== dead || row.parked) continue;
          row.owner = heir;
          row.handed = heir !== self;
          moved += 1;
          if (heir === self) events += 1;
          else others.add(heir);
        }
      }
      const [first] = all;
      if (first !== undefined && events > 0) mine.push({ app: first.app, endpoint: first.endpoint, events });
    }
    return { mine, others: [...others], all: moved === 0 };
  }

  waiting(self: NodeId): LaneShare[] {
    const shares: LaneShare[] = [];
    for (const lanes of this.#byEndpoint.values()) {
      let events = 0;
      let place: LanePlace | undefined;
      for (const lane of lanes.values()) {
        place = lane;
        for (const row of lane.rows) if (row.owner === self && !row.parked) events += 1;
      }
      if (place !== undefined && events > 0) shares.push({ app: place.app, endpoint: place.endpoint, events });
    }
    return shares;
  }

  drop(app: SdkAppId, endpoint: string): void {
    for (const lane of this.#byEndpoint.get(endpointKey(app, endpoint))?.values() ?? []) this.size -= lane.rows.length;
    this.#byEndpoint.delete(endpointKey(app, endpoint));
  }

  release(self: NodeId, except: readonly CallPlace[]): void {
    const kept = new Set(except.map(({ callId }) => callId));
    for (const lane of this.#lanes()) {
      if (kept.has(lane.callId)) continue;
      for (const row of lane.rows) if (row.owner === self && !row.parked) row.owner = '';
    }
  }

  counts(): { readonly app: SdkAppId; readonly endpoint: string; readonly waiting: number; readonly parked: number }[] {
    return [...this.#byEndpoint.values()].flatMap((lanes) => {
      const all = [...lanes.values()];
      const rows = all.flatMap((lane) => lane.rows);
      const [first] = all;
      if (first === undefined) return [];
      const parked = rows.filter((row) => row.parked).length;
      return [{ app: first.app, endpoint: first.endpoint, waiting: rows.length - parked, parked }];
    });
  }

  parkedBefore(event: PendingEvent, since: number): boolean {
    const lane = this.#byEndpoint.get(endpointKey(event.app, event.endpoint))?.get(event.callId);
    const isOld = (row: OutboxRow): boolean => (row.firstAt === 0 ? row.event.eventTime : row.firstAt) <= since;
    return lane?.rows.some((row) => row.parked && isAfter(event, row.event) && isOld(row)) ?? false;
  }

  /** What this node may deliver of a lane, in order. */
  #deliverable(lane: Lane, self: NodeId): PendingEvent[] {
    const found: PendingEvent[] = [];
    for (const { event, firstAt, attempts, parked, owner } of lane.rows) {
      if (parked) continue;
      if (owner !== self) break;
      found.push(attempts === 0 ? event : { ...event, firstAt, attempts });
    }
    return found;
  }

  *#lanes(): Iterable<Lane> {
    for (const lanes of this.#byEndpoint.values()) yield* lanes.values();
  }

  #laneOf({ app, endpoint, startedAt, callId }: PendingEvent): Lane {
    const key = endpointKey(app, endpoint);
    let lanes = this.#byEndpoint.get(key);
    if (lanes === undefined) {
      lanes = new Map();
      this.#byEndpoint.set(key, lanes);
    }
    let lane = lanes.get(callId);
    if (lane === undefined) {
      lane = { app, endpoint, startedAt, callId, rows: [] };
      lanes.set(callId, lane);
    }
    return lane;
  }

  #tidy(lane: Lane): void {
    if (lane.rows.length === 0) this.#byEndpoint.get(endpointKey(lane.app, lane.endpoint))?.delete(lane.callId);
  }
}

const placeOf = ({ app, endpoint, startedAt, callId }: LanePlace): LanePlace => ({ app, endpoint, startedAt, callId });
