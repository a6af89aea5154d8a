import { Emitter } from '../base/emitter.ts';
import type { RingbackError } from '../base/ringback-error.ts';
import { type DeviceKind, deviceError, isUnfit } from './device-error.ts';
import { type Device, type DeviceListKind, type DeviceLists, listDevices, watchDevices } from './devices.ts';
import { checkSupport, hasWebRtc } from './support.ts';
import { type VideoQuality, videoQualities } from './video-quality.ts';
import { VideoView, type ViewOptions } from './video-view.ts';

/** The events of the own devices. */
export interface LocalMediaEvents {
  /** Microphone or camera went on, off, or to another device. */
  tracks: { readonly audio: boolean; readonly video: boolean };
  /** Devices came or went. */
  devices: { readonly lists: DeviceLists; readonly came: readonly Device[]; readonly went: readonly Device[] };
  /** A device in use was lost and no other could take its place. */
  failed: { readonly kind: DeviceKind; readonly error: RingbackError };
  /** The loudspeaker to be used; empty for the default. */
  speaker: { readonly deviceId: string };
}

/** One of the two devices that are captured. */
interface Source {
  track: MediaStreamTrack | undefined;
  /** Whether others are to hear or see it. */
  on: boolean;
  /** Chosen by the user; empty: any. */
  deviceId: string;
  /** Asked of the browser one after the other. */
  queue: Promise<unknown>;
  /** Raised by whatever makes an answer of the browser that is on its way worthless. */
  turn: number;
}

const newSource = (): Source => ({ track: undefined, on: false, deviceId: '', queue: Promise.resolve(), turn: 0 });

/** Microphone, camera and loudspeaker of this page. */
export class LocalMedia extends Emitter<LocalMediaEvents> {
  readonly #sources: Readonly<Record<DeviceKind, Source>> = { microphone: newSource(), camera: newSource() };
  readonly #preview = new VideoView('local');
  #quality: VideoQuality = videoQualities['720p'];
  #facing: 'user' | 'environment' = 'user';
  #speaker = '';
  readonly #stopWatching: () => void;
  #granted = { audio: false, video: false };

  constructor() {
    super();
    void devicePermissions().then((granted) => {
      this.#granted = granted;
    });
    this.#stopWatching = watchDevices((lists, came, went) => this.emit('devices', { lists, came, went }));
  }

  /** What is captured, whether it is on or not. */
  track(kind: DeviceKind): MediaStreamTrack | undefined {
    return this.#sources[kind].track;
  }

  /** Whether others are to hear or see it. */
  isOn(kind: DeviceKind): boolean {
    const { on, track } = this.#sources[kind];
    return on && track !== undefined;
  }

  /** Whether the user is known to have allowed each device. */
  get permissions(): { readonly audio: boolean; readonly video: boolean } {
    return this.#granted;
  }

  get quality(): VideoQuality {
    return this.#quality;
  }

  get speaker(): string {
    return this.#speaker;
  }

  /** The device in use, or chosen. */
  currentDevice(kind: DeviceListKind): string {
    if (kind === 'speaker') return this.#speaker;
    const { track, deviceId } = this.#sources[kind];
    return track?.getSettings().deviceId ?? deviceId;
  }

  /** Takes the microphone without letting anybody hear it, so that the user is asked before the call and not during it. */
  async prepareMicrophone(): Promise<void> {
    await this.#acquire('microphone');
  }

  /** Nobody waits for the answer to `prepareMicrophone` any more: what the user still allows is given back at once. */
  forgetMicrophone(): void {
    const source = this.#sources.microphone;
    if (source.track === undefined) source.turn += 1;
  }

  async openMicrophone(): Promise<void> {
    await this.#turnOn('microphone');
  }

  /** The microphone stays ours, silent. */
  closeMicrophone(): void {
    const source = this.#sources.microphone;
    source.on = false;
    if (source.track !== undefined) source.track.enabled = false;
    this.#tell();
  }

  /** Turns the camera on; `facing` as phones have it. */
  async openCamera(options: { readonly facing?: 'user' | 'environment' | undefined } = {}): Promise<void> {
    const { facing } = options;
    const source = this.#sources.camera;
    const { turn } = source;
    if (facing !== undefined && facing !== this.#facing) {
      await this.#replace('camera', (camera) => {
        const before = [this.#facing, camera.deviceId] as const;
        [this.#facing, camera.deviceId] = [facing, ''];
        return () => {
          [this.#facing, camera.deviceId] = before;
        };
      });
      // Turned off while the other one was being taken.
      if (source.turn !== turn) return;
    }
    await this.#turnOn('camera');
  }

  /** Turns the camera off, its light too. */
  closeCamera(): void {
    this.#drop('camera');
    this.#tell();
  }

  /** Shows the own camera in an element, by itself or by its id. False when there is no such element. */
  preview(target: string | HTMLElement, options: ViewOptions = {}): boolean {
    this.#preview.style({ mirror: this.#facing === 'user', ...options });
    return this.#preview.attach(target);
  }

  /** Changes how the own camera is shown. */
  stylePreview(options: ViewOptions): void {
    this.#preview.style(options);
  }

  hidePreview(): void {
    this.#preview.remove();
  }

  /** Uses this device from now on. */
  async useDevice(kind: DeviceListKind, deviceId: string): Promise<void> {
    if (kind === 'speaker') {
      this.#speaker = deviceId;
      this.emit('speaker', { deviceId });
      return;
    }
    await this.#replace(kind, (source) => {
      const before = source.deviceId;
      source.deviceId = deviceId;
      return () => {
        source.deviceId = before;
      };
    });
  }

  /** Devices of one kind. With `ask` the user is asked first when their names are not known yet. */
  async devices(kind: DeviceListKind, ask = true): Promise<readonly Device[]> {
    let lists = await listDevices();
    const unnamed = lists[kind].length === 0 || lists[kind].every(({ label }) => label === '');
    if (ask && unnamed && !(kind === 'speaker' && lists.microphone.some(({ label }) => label !== ''))) {
      const asked = kind === 'camera' ? 'camera' : 'microphone';
      if (this.#sources[asked].track === undefined) {
        for (const track of (await capture(asked, this.#constraints(asked, ''))).getTracks()) track.stop();
        lists = await listDevices();
      }
    }
    return lists[kind];
  }

  /** How large the own picture is, from now on. */
  async setVideoQuality(quality: VideoQuality): Promise<void> {
    this.#quality = quality;
    const { width, height, fps } = quality;
    const { track } = this.#sources.camera;
    // What the camera cannot do is no failure: it gives what it can.
    await track
      ?.applyConstraints({ width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: fps } })
      .catch(() => {});
    this.#tell();
  }

  /** Gives all devices back. Choices stay. */
  release(): void {
    this.#drop('microphone');
    this.#drop('camera');
    this.#preview.remove();
    this.#tell();
  }

  close(): void {
    this.release();
    this.#stopWatching();
    this.finish();
  }

  async #turnOn(kind: DeviceKind): Promise<void> {
    const source = this.#sources[kind];
    source.on = true;
    const { turn } = source;
    try {
      await this.#acquire(kind);
    } catch (error) {
      if (source.turn === turn) source.on = false;
      throw error;
    }
    if (source.track === undefined || !source.on) return;
    source.track.enabled = true;
    this.#tell();
  }

  /** Captures the device unless it is captured already, or is not wanted any more when those before are through. */
  #acquire(kind: DeviceKind): Promise<void> {
    const { turn } = this.#sources[kind];
    return this.#inTurn(kind, async (source) => {
      if (source.turn === turn && source.track === undefined) await this.#capture(kind, source);
    });
  }

  /**
   * Chooses another device, and captures it in place of the one in use, if one is. `choose` gives what takes the choice back:
   * where the capture fails, the old device goes on.
   */
  #replace(kind: DeviceKind, choose: (source: Source) => () => void): Promise<void> {
    return this.#inTurn(kind, async (source) => {
      const undo = choose(source);
      const { track: before, turn } = source;
      if (before === undefined) return;
      // Phones give out one camera at a time.
      if (kind === 'camera') before.stop();
      try {
        await this.#capture(kind, source);
        before.stop();
      } catch (error) {
        undo();
        if (before.readyState === 'ended' && source.turn === turn) await this.#backTo(kind, source);
        throw error;
      } finally {
        this.#tell();
      }
    });
  }

  /** The device that was in use before another one failed; off, where it cannot be had any more either. */
  async #backTo(kind: DeviceKind, source: Source): Promise<void> {
    source.track = undefined;
    try {
      await this.#capture(kind, source);
    } catch {
      this.#drop(kind);
    }
  }

  #inTurn(kind: DeviceKind, run: (source: Source) => Promise<void>): Promise<void> {
    const source = this.#sources[kind];
    const done = source.queue.then(
      () => run(source),
      () => run(source),
    );
    source.queue = done.catch(() => {});
    return done;
  }

  async #capture(kind: DeviceKind, source: Source): Promise<void> {
    checkSupport();
    const { turn } = source;
    let stream: MediaStream;
    const name = kind === 'camera' ? 'video' : 'audio';
    try {
      stream = await capture(kind, this.#constraints(kind, source.deviceId));
    } catch (error) {
      if ((error as RingbackError).reason === 'permission_denied') this.#granted = { ...this.#granted, [name]: false };
      if (source.deviceId === '' || !isUnfit((error as { readonly cause?: unknown }).cause)) throw error;
      // The chosen device is gone: any other is better than none.
      stream = await capture(kind, this.#constraints(kind, ''));
    }
    const [track] = stream.getTracks();
    if (track === undefined) return;
    this.#granted = { ...this.#granted, [name]: true };
    if (source.turn !== turn) {
      track.stop();
      return;
    }
    track.enabled = source.on;
    track.onended = () => void this.#lost(kind, source, track);
    source.track = track;
    if (kind === 'camera') this.#preview.show(track);
  }

  /** Unplugged, or the permission was withdrawn. */
  async #lost(kind: DeviceKind, source: Source, track: MediaStreamTrack): Promise<void> {
    if (source.track !== track) return;
    source.track = undefined;
    source.deviceId = '';
    try {
      await this.#acquire(kind);
      this.#tell();
    } catch (error) {
      this.#drop(kind);
      this.#tell();
      this.emit('failed', { kind, error: deviceError(error, kind) });
    }
  }

  #drop(kind: DeviceKind): void {
    const source = this.#sources[kind];
    source.turn += 1;
    source.on = false;
    if (source.track !== undefined) {
      source.track.onended = null;
      source.track.stop();
      source.track = undefined;
    }
    if (kind === 'camera') this.#preview.show(undefined);
  }

  #constraints(kind: DeviceKind, deviceId: string): MediaTrackConstraints {
    const device = deviceId === '' ? {} : { deviceId: { exact: deviceId } };
    if (kind === 'microphone')
      return { ...device, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    const { width, height, fps } = this.#quality;
    const facing = deviceId === '' ? { facingMode: { ideal: this.#facing } } : {};
    return { ...device, ...facing, width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: fps } };
  }

  #tell(): void {
    this.emit('tracks', { audio: this.isOn('microphone'), video: this.isOn('camera') });
  }
}

async function capture(kind: DeviceKind, constraints: MediaTrackConstraints): Promise<MediaStream> {
  checkSupport();
  try {
    return await navigator.mediaDevices.getUserMedia({ [kind === 'camera' ? 'video' : 'audio']: constraints });
  } catch (error) {
    throw deviceError(error, kind);
  }
}

/** Whether the user has allowed each device; false where the browser does not say. */
async function devicePermissions(): Promise<{ readonly audio: boolean; readonly video: boolean }> {
  if (!hasWebRtc()) return { audio: false, video: false };
  const granted = async (name: string) => {
    try {
      return (await navigator.permissions.query({ name: name as PermissionName })).state === 'granted';
    } catch {
      return false;
    }
  };
  const [audio, video] = await Promise.all([granted('microphone'), granted('camera')]);
  return { audio, video };
}
