/** How a picture is shown. */
export interface ViewOptions {
  readonly objectFit?: 'cover' | 'contain' | 'fill' | undefined;
  /** Quarter turns, clockwise. */
  readonly rotation?: 0 | 1 | 2 | 3 | undefined;
  readonly mirror?: boolean | undefined;
}

/**
 * One picture on the page: a video in a wrapper of our own inside the application's element, so that both can change
 * what they own. Attaching again, to the same element or another, moves it.
 */
export class VideoView {
  readonly #name: string;
  #wrapper: HTMLDivElement | undefined;
  #video: HTMLVideoElement | undefined;
  #track: MediaStreamTrack | undefined;
  #style: ViewOptions = {};
  #resized: ((width: number) => void) | undefined;
  #observer: ResizeObserver | undefined;

  /** `name` marks the wrapper in the page: `data-ringback-view`. */
  constructor(name: string, resized?: (width: number) => void) {
    this.#name = name;
    this.#resized = resized;
  }

  get isAttached(): boolean {
    return this.#wrapper?.isConnected === true;
  }

  /** Puts it into an element, given by itself or by its id. False when there is no such element. */
  attach(target: string | HTMLElement): boolean {
    const element = typeof target === 'string' ? document.getElementById(target) : target;
    if (element === null) return false;
    const wrapper = this.#make();
    if (wrapper.parentElement !== element) element.append(wrapper);
    this.#play();
    return true;
  }

  /** Shows this picture, or none. */
  show(track: MediaStreamTrack | undefined): void {
    if (this.#track === track) return;
    this.#track = track;
    this.#play();
  }

  /** Changes what is given; the rest stays. */
  style(options: ViewOptions): void {
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    this.#style = { ...this.#style, ...Object.fromEntries(given) };
    this.#paint();
  }

  /** Takes it off the page. */
  remove(): void {
    this.#observer?.disconnect();
    this.#wrapper?.remove();
    if (this.#video !== undefined) this.#video.srcObject = null;
    this.#wrapper = undefined;
    this.#video = undefined;
  }

  #make(): HTMLDivElement {
    if (this.#wrapper !== undefined) return this.#wrapper;
    const wrapper = document.createElement('div');
    wrapper.dataset.ringbackView = this.#name;
    Object.assign(wrapper.style, { width: '100%', height: '100%', overflow: 'hidden', position: 'relative' });
    const video = document.createElement('video');
    // Sound comes from elsewhere, and silent videos may play by themselves.
    video.muted = true;
    video.autoplay = true;
    video.playsInline = true;
    video.setAttribute('playsinline', '');
    video.setAttribute('webkit-playsinline', '');
    video.disablePictureInPicture = true;
    // Browsers pause what is moved within the page.
    video.onpause = () => this.#start();
    wrapper.append(video);
    this.#wrapper = wrapper;
    this.#video = video;
    this.#paint();
    if (this.#resized !== undefined && typeof ResizeObserver === 'function') {
      this.#observer = new ResizeObserver(([entry]) => this.#resized?.(entry?.contentRect.width ?? 0));
      this.#observer.observe(wrapper);
    }
    return wrapper;
  }

  #play(): void {
    const video = this.#video;
    if (video === undefined) return;
    const shown = video.srcObject instanceof MediaStream ? video.srcObject.getTracks()[0] : undefined;
    if (shown !== this.#track) video.srcObject = this.#track === undefined ? null : new MediaStream([this.#track]);
    this.#start();
  }

  #start(): void {
    const video = this.#video;
    if (video === undefined || video.srcObject === null || !video.isConnected) return;
    // A play that another change interrupts is no failure.
    video.play().catch(() => {});
  }

  #paint(): void {
    const video = this.#video;
    if (video === undefined) return;
    const { objectFit = 'cover', rotation = 0, mirror = false } = this.#style;
    Object.assign(video.style, {
      width: '100%',
      height: '100%',
      display: 'block',
      objectFit,
      transform: `${mirror ? 'rotateY(180deg) ' : ''}${rotation === 0 ? '' : `rotate(${rotation * 90}deg)`}`.trim(),
    });
  }
}
