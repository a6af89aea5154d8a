import type { DeviceId, SdkAppId, UserId } from 'ringback-protocol';
import type { OnlineDevice, Presence } from '../../packages/server/src/ports/presence.ts';
import type { SimProcess } from '../world/process.ts';
import type { Scheduler } from '../world/scheduler.ts';

/** ms for which what a dead node has said still counts. */
const remembered = 6000;

interface Entry extends OnlineDevice {
  readonly process: SimProcess;
  readonly diedAt: () => number | undefined;
}

/** Who is signed in where, as all nodes see it. */
export class PresenceTable {
  readonly #scheduler: Scheduler;
  readonly #users = new Map<UserId, Entry[]>();

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** As one node sees it. */
  of(process: SimProcess, diedAt: () => number | undefined): Presence {
    return {
      online: (_app, userId, device) => {
        // Whoever says it last: a device is signed in once.
        const others = this.#of(userId).filter((one) => one.device !== device.device);
        this.#users.set(userId, [
          ...others,
          { device: device.device, platform: device.platform, since: device.since, process, diedAt },
        ]);
      },
      offline: (_app, userId, device) => {
        const kept = this.#of(userId).filter((one) => one.process !== process || one.device !== device);
        this.#users.set(userId, kept);
      },
      isElsewhere: async (_app: SdkAppId, userId: UserId, device: DeviceId) => {
        await process.sleep(0.5);
        return this.#of(userId).some((one) => one.device === device && one.process !== process);
      },
      devices: async (_app, userIds) => {
        await process.sleep(0.5);
        return new Map(
          userIds.map((userId) => [userId, this.#of(userId)] as const).filter(([, all]) => all.length > 0),
        );
      },
    };
  }

  #of(userId: UserId): Entry[] {
    const isKnown = ({ process, diedAt }: Entry): boolean =>
      process.alive || this.#scheduler.elapsed - (diedAt() ?? 0) < remembered;
    return (this.#users.get(userId) ?? []).filter(isKnown);
  }
}
