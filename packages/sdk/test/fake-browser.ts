import { vi } from 'vitest';

/** A device as the browser lists it. */
interface FakeDevice {
  readonly deviceId: string;
  readonly label: string;
  readonly kind: MediaDeviceKind;
  readonly groupId: string;
}

let tracks = 0;

/** A track; `end` is what the browser does when the device is unplugged. */
export class FakeTrack extends EventTarget {
  readonly id = `track-${++tracks}`;
  readonly kind: 'audio' | 'video';
  readonly deviceId: string;
  enabled = true;
  muted = false;
  readyState: 'live' | 'ended' = 'live';
  onended: (() => void) | null = null;
  applied: object | undefined;

  constructor(kind: 'audio' | 'video', deviceId: string) {
    super();
    this.kind = kind;
    this.deviceId = deviceId;
  }

  getSettings(): { readonly deviceId: string } {
    return { deviceId: this.deviceId };
  }

  async applyConstraints(constraints: object): Promise<void> {
    this.applied = constraints;
  }

  stop(): void {
    this.readyState = 'ended';
  }

  end(): void {
    this.readyState = 'ended';
    this.onended?.();
  }
}

class FakeStream {
  readonly #tracks: readonly FakeTrack[];

  constructor(all: readonly FakeTrack[] = []) {
    this.#tracks = all;
  }

  getTracks(): readonly FakeTrack[] {
    return this.#tracks;
  }
}

/** A prompt that is open, and how the user may answer it. */
export interface Prompt {
  readonly constraints: MediaStreamConstraints;
  allow(): FakeTrack;
  refuse(name: string, message?: string): void;
}

/** Cameras and microphones of a machine, and the user who is asked for them. */
export class FakeDevices extends EventTarget {
  list: FakeDevice[] = [
    { deviceId: 'mic-1', label: 'Microphone 1', kind: 'audioinput', groupId: 'g1' },
    { deviceId: 'mic-2', label: 'Microphone 2', kind: 'audioinput', groupId: 'g2' },
    { deviceId: 'cam-1', label: 'Camera 1', kind: 'videoinput', groupId: 'g1' },
    { deviceId: 'out-1', label: 'Speaker 1', kind: 'audiooutput', groupId: 'g1' },
  ];
  /** What the user does with a prompt; `wait` leaves it open. */
  answer: 'allow' | 'wait' | Error = 'allow';
  /** Of the next questions, before that one. */
  answers: Error[] = [];
  listFails = false;
  readonly prompts: Prompt[] = [];
  readonly given: FakeTrack[] = [];

  async enumerateDevices(): Promise<readonly FakeDevice[]> {
    if (this.listFails) throw new DOMException('blocked by policy', 'NotAllowedError');
    return this.list;
  }

  getUserMedia(constraints: MediaStreamConstraints): Promise<FakeStream> {
    return new Promise((resolve, reject) => {
      const kind = constraints.video === undefined ? 'audio' : 'video';
      const wanted = (constraints[kind] as { readonly deviceId?: { readonly exact: string } }).deviceId?.exact;
      const prompt: Prompt = {
        constraints,
        allow: () => {
          const type = kind === 'audio' ? 'audioinput' : 'videoinput';
          const fits = this.list.filter((one) => one.kind === type);
          const device = wanted === undefined ? fits[0] : fits.find(({ deviceId }) => deviceId === wanted);
          const track = new FakeTrack(kind, device?.deviceId ?? '');
          if (device === undefined) {
            const name = wanted === undefined ? 'NotFoundError' : 'OverconstrainedError';
            reject(new DOMException('Requested device not found', name));
            return track;
          }
          this.given.push(track);
          resolve(new FakeStream([track]));
          return track;
        },
        refuse: (name, message = 'Permission denied') => reject(new DOMException(message, name)),
      };
      this.prompts.push(prompt);
      const next = this.answers.shift();
      if (next !== undefined) reject(next);
      else if (this.answer === 'allow') prompt.allow();
      else if (this.answer !== 'wait') reject(this.answer);
    });
  }

  /** Plugs devices in and out. */
  change(list: readonly FakeDevice[]): void {
    this.list = [...list];
    this.dispatchEvent(new Event('devicechange'));
  }

  /** Those that are captured now. */
  get live(): readonly FakeTrack[] {
    return this.given.filter(({ readyState }) => readyState === 'live');
  }
}

/** An element of a page, as far as sounds and pictures need one. */
export class FakeElement extends EventTarget {
  readonly tag: string;
  readonly style: Record<string, string> = {};
  readonly dataset: Record<string, string> = {};
  readonly children: FakeElement[] = [];
  parentElement: FakeElement | null = null;
  muted = false;
  autoplay = false;
  hidden = false;
  srcObject: unknown = null;
  sink = '';
  plays = 0;
  readonly #page: FakePage;

  constructor(page: FakePage, tag: string) {
    super();
    this.#page = page;
    this.tag = tag;
  }

  get isConnected(): boolean {
    for (let at: FakeElement | null = this; at !== null; at = at.parentElement) if (at === this.#page.body) return true;
    return false;
  }

  append(child: FakeElement): void {
    child.remove();
    child.parentElement = this;
    this.children.push(child);
  }

  remove(): void {
    const { parentElement } = this;
    if (parentElement !== null) parentElement.children.splice(parentElement.children.indexOf(this), 1);
    this.parentElement = null;
  }

  setAttribute(): void {}

  async setSinkId(id: string): Promise<void> {
    this.sink = id;
  }

  async play(): Promise<void> {
    if (this.#page.autoplayBlocked && !this.muted) throw new DOMException('play() needs a gesture', 'NotAllowedError');
    this.plays += 1;
  }
}

/** `document`, as far as the SDK uses it. */
export class FakePage extends EventTarget {
  readonly body: FakeElement = new FakeElement(this, 'body');
  readonly elements = new Map<string, FakeElement>();
  visibilityState: 'visible' | 'hidden' = 'visible';
  autoplayBlocked = false;
  readonly all: FakeElement[] = [];

  createElement(tag: string): FakeElement {
    const element = new FakeElement(this, tag);
    this.all.push(element);
    return element;
  }

  getElementById(id: string): FakeElement | null {
    return this.elements.get(id) ?? null;
  }

  querySelector(): null {
    return null;
  }

  /** Puts an element of the application on the page. */
  put(id: string): FakeElement {
    const element = this.createElement('div');
    this.elements.set(id, element);
    this.body.append(element);
    return element;
  }
}

/** A connection that never comes about: what goes through it is tried with real browsers elsewhere. */
export class FakePeerConnection extends EventTarget {
  connectionState = 'new';
  iceConnectionState = 'new';
  signalingState = 'stable';
  localDescription: object | null = null;
  addTransceiver(): object {
    const sender = {
      track: null as unknown,
      replaceTrack: async (track: unknown) => {
        sender.track = track;
      },
      getParameters: () => ({ encodings: [{}] }),
      setParameters: async () => {},
    };
    return { sender, setCodecPreferences() {} };
  }
  getTransceivers(): readonly object[] {
    return [];
  }
  async createOffer(): Promise<object> {
    return {};
  }
  async setLocalDescription(): Promise<void> {}
  async setRemoteDescription(_description: { readonly type: string }): Promise<void> {}
  async addIceCandidate(): Promise<void> {}
  async getStats(): Promise<ReadonlyMap<string, object>> {
    return new Map();
  }
  restartIce(): void {}
  close(): void {
    this.connectionState = 'closed';
  }
}

/** A subscription for pushes, and the browser's way of keeping it. */
export class FakePushManager {
  subscription: object | null = null;
  unsubscribing: 'works' | 'fails' | 'hangs' = 'works';
  /** Tags of the notifications that are on the screen. */
  readonly shown = new Set<string>();

  async getSubscription(): Promise<object | null> {
    return this.subscription;
  }

  async subscribe({ applicationServerKey }: { readonly applicationServerKey: Uint8Array }): Promise<object> {
    const keys = {
      p256dh: Buffer.alloc(65, 4).toString('base64url'),
      auth: Buffer.alloc(16).toString('base64url'),
    };
    this.subscription = {
      options: { applicationServerKey: applicationServerKey.slice().buffer },
      toJSON: () => ({ endpoint: 'https://push.example.com/1', keys }),
      unsubscribe: async () => {
        if (this.unsubscribing === 'fails') throw new DOMException('no', 'AbortError');
        if (this.unsubscribing === 'hangs') await new Promise(() => {});
        this.subscription = null;
        return true;
      },
    };
    return this.subscription;
  }
}

/** What a test finds of the browser that it made. */
export interface FakeBrowser {
  readonly devices: FakeDevices;
  readonly page: FakePage;
  /** `window`, for its events. */
  readonly window: EventTarget;
  /** `navigator.connection`. */
  readonly network: EventTarget;
}

/**
 * Puts what the SDK uses of a browser into the globals, until `vi.unstubAllGlobals()`. Only the browser is made up: the SDK
 * and the server are real.
 */
export function fakeBrowser(
  options: {
    readonly secure?: boolean;
    readonly webRtc?: boolean;
    readonly locks?: LockManager;
    readonly pushes?: FakePushManager;
    /** What `localStorage` holds; without it there is none. */
    readonly storage?: Map<string, string> | undefined;
  } = {},
): FakeBrowser {
  const { secure = true, webRtc = true, locks, pushes, storage } = options;
  const [devices, page, window, network] = [new FakeDevices(), new FakePage(), new EventTarget(), new EventTarget()];
  vi.stubGlobal('document', page);
  vi.stubGlobal('isSecureContext', secure);
  vi.stubGlobal('MediaStream', FakeStream);
  vi.stubGlobal('RTCPeerConnection', webRtc ? FakePeerConnection : undefined);
  vi.stubGlobal('RTCRtpSender', {});
  vi.stubGlobal('addEventListener', window.addEventListener.bind(window));
  vi.stubGlobal('removeEventListener', window.removeEventListener.bind(window));
  vi.stubGlobal(
    'localStorage',
    storage && {
      getItem: (key: string) => storage.get(key) ?? null,
      setItem: (key: string, value: string) => storage.set(key, value),
      removeItem: (key: string) => storage.delete(key),
    },
  );
  const getNotifications = async ({ tag }: { readonly tag: string }) =>
    pushes?.shown.has(tag) ? [{ close: () => pushes.shown.delete(tag) }] : [];
  const registration = { scope: 'https://app.example.com/', pushManager: pushes, getNotifications };
  const serviceWorker = { ready: Promise.resolve(registration), getRegistration: async () => registration };
  vi.stubGlobal('navigator', {
    ...(pushes && { serviceWorker }),
    mediaDevices: secure && webRtc ? devices : undefined,
    permissions: { query: async () => ({ state: 'prompt' }) },
    connection: network,
    locks,
  });
  return { devices, page, window, network };
}
