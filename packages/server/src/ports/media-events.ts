import type { CallNotes } from './call-notes.ts';

/** Something that happened to the media of a call. */
export type MediaEvent =
  /** The media goes another way; `from` is empty at the beginning. */
  | { readonly what: 'moved'; readonly from: string; readonly to: string }
  /** A room could not be had. */
  | { readonly what: 'openFailed'; readonly provider: string; readonly text: string }
  /** A room is no more. */
  | { readonly what: 'lost'; readonly provider: string; readonly text: string }
  /** A device said that its connection is broken. */
  | { readonly what: 'failed'; readonly provider: string; readonly text: string }
  /** The media of a member was gone for so long that the member leaves. */
  | { readonly what: 'gaveUp'; readonly userId: string };

/** What became of the media of calls, for their timelines. */
export type MediaEvents = CallNotes<MediaEvent>;
