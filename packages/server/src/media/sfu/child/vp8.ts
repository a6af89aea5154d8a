/** What the descriptor in front of a VP8 payload says (RFC 7741), and where it says it. One object serves all packets. */
export interface Vp8View {
  /** First packet of a keyframe. */
  keyframe: boolean;
  /** Place of the picture id, 0 when there is none; 2 bytes wide when `longPictureId`. */
  pictureAt: number;
  longPictureId: boolean;
  pictureId: number;
  /** Place of TL0PICIDX, 0 when there is none. */
  tl0At: number;
  tl0: number;
}

/** A view for `readVp8` to fill. */
export const vp8View = (): Vp8View => ({
  keyframe: false,
  pictureAt: 0,
  longPictureId: false,
  pictureId: 0,
  tl0At: 0,
  tl0: 0,
});

/** Reads the descriptor between `start` and `end` into `view`; one that is cut off counts as no keyframe without numbers. */
export function readVp8(packet: Uint8Array, start: number, end: number, view: Vp8View): void {
  view.keyframe = false;
  view.pictureAt = 0;
  view.tl0At = 0;
  if (start >= end) return;
  const first = packet[start] ?? 0;
  let at = start + 1;
  let pictureAt = 0;
  let long = false;
  let tl0At = 0;
  if ((first & 0x80) !== 0) {
    const has = packet[at] ?? 0;
    at += 1;
    if ((has & 0x80) !== 0) {
      pictureAt = at;
      long = ((packet[at] ?? 0) & 0x80) !== 0;
      at += long ? 2 : 1;
    }
    if ((has & 0x40) !== 0) {
      tl0At = at;
      at += 1;
    }
    if ((has & 0x30) !== 0) at += 1;
  }
  if (at >= end) return;
  if (pictureAt > 0) {
    view.pictureAt = pictureAt;
    view.longPictureId = long;
    const head = packet[pictureAt] ?? 0;
    view.pictureId = long ? ((head & 0x7f) << 8) | (packet[pictureAt + 1] ?? 0) : head & 0x7f;
  }
  if (tl0At > 0) {
    view.tl0At = tl0At;
    view.tl0 = packet[tl0At] ?? 0;
  }
  // The start of partition 0, whose first bit says that the frame stands alone.
  view.keyframe = (first & 0x17) === 0x10 && ((packet[at] ?? 1) & 1) === 0;
}

/** Puts other numbers into the packet that `view` was read from. */
export function writeVp8(packet: Uint8Array, view: Vp8View, pictureId: number, tl0: number): void {
  const at = view.pictureAt;
  if (at > 0) {
    if (view.longPictureId) {
      packet[at] = 0x80 | ((pictureId >>> 8) & 0x7f);
      packet[at + 1] = pictureId;
    } else packet[at] = pictureId & 0x7f;
  }
  if (view.tl0At > 0) packet[view.tl0At] = tl0;
}
