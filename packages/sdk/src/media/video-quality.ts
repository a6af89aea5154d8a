/** What a camera is asked for, and what is sent of it. */
export interface VideoQuality {
  readonly width: number;
  readonly height: number;
  /** Pictures per second. */
  readonly fps: number;
  /** bit/s. */
  readonly bitrate: number;
}

/** The steps that applications know by name. */
export const videoQualities = {
  '360p': { width: 640, height: 360, fps: 15, bitrate: 600_000 },
  '480p': { width: 640, height: 480, fps: 15, bitrate: 900_000 },
  '540p': { width: 960, height: 540, fps: 15, bitrate: 1_200_000 },
  '720p': { width: 1280, height: 720, fps: 15, bitrate: 1_500_000 },
  '1080p': { width: 1920, height: 1080, fps: 15, bitrate: 2_000_000 },
} as const satisfies Record<string, VideoQuality>;

export type VideoQualityName = keyof typeof videoQualities;

/** The low layer: a quarter of the size (bit/s). */
export const lowLayer = { scale: 4, bitrate: 120_000 } as const;
