/** What there is before an example runs. The test that runs the examples makes it. */
export type ExampleScene =
  /** The accounts `alice`, `bob` and `carol`; nobody is in a call. */
  | 'idle'
  /** `alice` has called `bob` with video, and it rings; the call is `exampleCallId`. */
  | 'ringing'
  /** The same call, which `bob` answered 5 s later and hung up 60 s after that. */
  | 'ended'
  /** Those, alice with the nickname `Alice`; she and `bob` are in the Public group `team`, named Team, which is hers. */
  | 'group'
  /** Nobody is in a call; the application has a push provider `own` of the kind webhook. */
  | 'pushed'
  /** Nobody is in a call; the events of starts and ends go to `https://example.com/calls`. */
  | 'callback'
  /** The same with the legacy API. */
  | 'legacyCallback';

/** The call of the examples. Where an example makes a call, it stands for the id that the server chose. */
export const exampleCallId = '0d5ef0a6-6c1c-4b09-9c1e-5f0a4b7e2d31';

/** Where an example makes a group, it stands for the id that the server chose. */
export const exampleGroupId = '@TGS#2QF4XK7ZA';

/** s; when the call of the examples began. */
export const exampleStart = 1_780_000_000;

/** The application of the examples. */
export const exampleApp = 1_400_000_001;
