/** Plays the others: one hidden audio element each. */
export class RemoteSound {
  readonly #elements = new Map<string, HTMLAudioElement>();
  readonly #blocked: (resume: () => Promise<void>) => void;
  #box: HTMLDivElement | undefined;
  #speaker = '';
  #muted = false;
  readonly #mutedUsers = new Set<string>();
  #isBlocked = false;

  /** `blocked`: the browser wants a gesture first; `resume`, called from one, plays. Any gesture on the page does as well. */
  constructor(blocked: (resume: () => Promise<void>) => void) {
    this.#blocked = blocked;
  }

  /** Plays this track for a user, or nothing. */
  play(userId: string, track: MediaStreamTrack | undefined): void {
    const old = this.#elements.get(userId);
    if (track === undefined) {
      if (old !== undefined) {
        old.srcObject = null;
        old.remove();
      }
      this.#elements.delete(userId);
      return;
    }
    const element = old ?? this.#make(userId);
    const playing = element.srcObject instanceof MediaStream ? element.srcObject.getTracks()[0] : undefined;
    if (playing !== track) element.srcObject = new MediaStream([track]);
    this.#start(element);
  }

  get isMuted(): boolean {
    return this.#muted;
  }

  /** Silences everybody, or lets everybody be heard. */
  muteAll(muted: boolean): void {
    this.#muted = muted;
    for (const [userId, element] of this.#elements) element.muted = muted || this.#mutedUsers.has(userId);
  }

  /** Silences one member here. */
  mute(userId: string, muted: boolean): void {
    if (muted) this.#mutedUsers.add(userId);
    else this.#mutedUsers.delete(userId);
    const element = this.#elements.get(userId);
    if (element !== undefined) element.muted = this.#muted || muted;
  }

  /** Plays on this loudspeaker, where the browser lets pages choose. */
  async useSpeaker(deviceId: string): Promise<void> {
    this.#speaker = deviceId;
    await Promise.all([...this.#elements.values()].map((element) => sink(element, deviceId)));
  }

  close(): void {
    for (const userId of [...this.#elements.keys()]) this.play(userId, undefined);
    this.#box?.remove();
    this.#box = undefined;
    this.#unblock();
  }

  #make(userId: string): HTMLAudioElement {
    const element = document.createElement('audio');
    element.autoplay = true;
    element.muted = this.#muted || this.#mutedUsers.has(userId);
    element.dataset.ringbackAudio = userId;
    if (this.#box === undefined) {
      this.#box = document.createElement('div');
      this.#box.hidden = true;
      this.#box.dataset.ringback = 'sound';
      document.body.append(this.#box);
    }
    this.#box.append(element);
    this.#elements.set(userId, element);
    if (this.#speaker !== '') sink(element, this.#speaker).catch(() => {});
    return element;
  }

  #start(element: HTMLAudioElement): void {
    element.play().catch((error: unknown) => {
      if ((error as { readonly name?: unknown }).name === 'NotAllowedError') this.#waitForGesture();
    });
  }

  #waitForGesture(): void {
    if (this.#isBlocked) return;
    this.#isBlocked = true;
    for (const name of gestures) document.addEventListener(name, this.#gesture, true);
    this.#blocked(() => this.#resume());
  }

  readonly #gesture = () => void this.#resume().catch(() => {});

  async #resume(): Promise<void> {
    await Promise.all([...this.#elements.values()].map((element) => element.play()));
    this.#unblock();
  }

  #unblock(): void {
    this.#isBlocked = false;
    for (const name of gestures) document.removeEventListener(name, this.#gesture, true);
  }
}

const gestures = ['pointerdown', 'keydown', 'touchend'] as const;

async function sink(element: HTMLAudioElement, deviceId: string): Promise<void> {
  await (element as { setSinkId?(id: string): Promise<void> }).setSinkId?.(deviceId);
}
