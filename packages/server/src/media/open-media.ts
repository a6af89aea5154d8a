import type { Call } from 'ringback-engine';
import type { DeviceId, UserId } from 'ringback-protocol';
import type { Settings } from '../config/settings.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { MediaProvider, QualityReports } from '../ports/media.ts';
import type { MediaObserver } from './observer.ts';
import { MediaPlane } from './plane.ts';

/** Opens the media plane with the providers that the settings ask for. */
export async function openMedia(options: {
  readonly settings: Settings;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly observer: MediaObserver;
  readonly reports: QualityReports;
  readonly gone: (call: Call, userId: UserId, device: DeviceId) => void;
}): Promise<MediaPlane> {
  const { settings, ...rest } = options;
  const setting = settings['media.provider'];
  const providers: MediaProvider[] = [];
  return new MediaPlane({
    ...rest,
    setting,
    providers,
    ice: {
      stunUrls: settings['media.stun.urls'],
      turnUrls: settings['media.turn.urls'],
      turnSecret: settings['media.turn.secret'],
      turnTtl: settings['media.turn.ttl'],
    },
  });
}
