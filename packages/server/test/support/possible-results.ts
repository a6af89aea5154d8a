/** What is known of a call from its events alone. */
export interface TellsHowItEnded {
  readonly caller: string;
  /** s; 0 while nobody has answered. */
  readonly acceptedAt: number;
  /** What somebody did last, or what became of them; of those who still rang at the end, nothing. */
  readonly lastChange: string;
  /** What each did last. */
  readonly did: ReadonlyMap<string, string>;
  /** The last step of the call, if known: that somebody was kicked is told as a lost line is, and so is media that failed. */
  readonly last?: string | undefined;
}

/** How the call must have ended, by what its members did; several where the events leave it open. */
export function possibleResults(call: TellsHowItEnded): readonly string[] {
  const { last = call.lastChange === 'Offline' ? 'leaseLost' : '' } = call;
  if (call.acceptedAt !== 0) {
    if (last === 'leaseLost') return ['Offline', 'Interrupt'];
    return [last === 'mediaFailed' ? 'Interrupt' : 'NormalEnd'];
  }
  const callerDid = call.did.get(call.caller);
  if (callerDid === 'Hangup') return ['Cancel'];
  if (callerDid === 'Offline') return [last === 'leaseLost' ? 'Offline' : 'Cancel'];
  const outcomes = [...call.did.values()];
  // Somebody was still ringing when it ended: the server ended it.
  if (outcomes.includes('Cancel_Invite')) return ['Cancel'];
  for (const [action, result] of [
    ['NotAnswer', 'NotAnswer'],
    ['Reject', 'Reject'],
    ['Busy', 'CallBusy'],
  ] as const) {
    if (outcomes.includes(action)) return [result];
  }
  return ['Offline', 'Cancel'];
}
