import { type VideoQuality, type VideoQualityName, videoQualities } from '../media/video-quality.ts';
import type { ViewOptions } from '../media/video-view.ts';

/** How a picture is shown, in the words of all generations of the original. */
export interface RenderParams {
  readonly objectFit?: 'cover' | 'contain' | 'fill' | undefined;
  /** 0 fill (the picture is cut), 1 fit. */
  readonly fillMode?: number | undefined;
  /** Quarter turns, clockwise. */
  readonly rotation?: number | undefined;
  readonly mirror?: boolean | undefined;
  /** 0 automatic, 1 mirrored, 2 not. */
  readonly mirrorType?: number | undefined;
  /** Silences the member on this page. */
  readonly muted?: boolean | undefined;
}

/** What of it a view knows. */
export function viewOptionsOf(params: RenderParams): ViewOptions {
  const { objectFit, fillMode, rotation, mirror, mirrorType } = params;
  const fits = objectFit === 'cover' || objectFit === 'contain' || objectFit === 'fill';
  const byMode = fillMode === 0 ? 'cover' : fillMode === 1 ? 'contain' : undefined;
  const byType = mirrorType === 1 ? true : mirrorType === 2 ? false : undefined;
  return {
    objectFit: fits ? objectFit : byMode,
    rotation: rotation === 0 || rotation === 1 || rotation === 2 || rotation === 3 ? rotation : undefined,
    mirror: typeof mirror === 'boolean' ? mirror : byType,
  };
}

const numbers: Readonly<Record<number, VideoQualityName>> = { 1: '360p', 2: '540p', 3: '720p', 4: '1080p' };

/** Undefined for what nobody knows. */
export const qualityNameOf = (profile: unknown): VideoQualityName | undefined => {
  if (typeof profile === 'number') return numbers[profile];
  return typeof profile === 'string' && Object.hasOwn(videoQualities, profile)
    ? (profile as VideoQualityName)
    : undefined;
};

export const qualityOf = (name: VideoQualityName): VideoQuality => videoQualities[name];
