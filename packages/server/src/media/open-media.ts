import type { Call } from 'ringback-engine';
import { bounds, type DeviceId, type UserId } from 'ringback-protocol';
import type { Settings } from '../config/settings.ts';
import type { Log } from '../observe/log.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { MediaProvider, QualityReports } from '../ports/media.ts';
import { JanusProvider } from './janus/janus.ts';
import type { MediaObserver } from './observer.ts';
import { MediaPlane } from './plane.ts';
import { SfuProvider } from './sfu/sfu.ts';

/** Opens the media plane with the providers that the settings ask for. */
export function openMedia(options: {
  readonly settings: Settings;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly observer: MediaObserver;
  readonly reports: QualityReports;
  readonly gone: (call: Call, userId: UserId, device: DeviceId) => void;
}): MediaPlane {
  const { settings, log, ...rest } = options;
  const setting = settings['media.provider'];
  const providers: MediaProvider[] = [];
  if (setting === 'auto' || setting === 'sfu') {
    providers.push(
      new SfuProvider({
        clock: options.clock,
        log,
        address: settings['media.sfu.address'],
        port: settings['media.sfu.port'],
        announce: settings['media.sfu.announce'],
        // How many a call has is the application's to say: rooms take them in.
        maxMembers: bounds.maxMembersCeiling,
      }),
    );
  }
  const janus = settings['media.janus.urls'];
  if (janus.length > 0 && (setting === 'auto' || setting === 'janus')) {
    const provider = new JanusProvider({
      urls: janus,
      apiSecret: settings['media.janus.apiSecret'],
      adminKey: settings['media.janus.adminKey'],
      clock: options.clock,
      log,
      maxMembers: bounds.maxMembersCeiling,
    });
    // Who has set Janus up wants it used; the built-in SFU is then the reserve.
    providers.unshift(provider);
  }
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
