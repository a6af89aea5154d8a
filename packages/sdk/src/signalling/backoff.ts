/** How long to wait before attempt `n` (from 0) to connect again, in ms; `chance` is 0 to 1. */
export function backoff(n: number, inCall: boolean, chance: number): number {
  // In a call the server waits 15 s for the device, so that attempts stay close together.
  const ceiling = inCall ? 2000 : 30_000;
  const span = Math.min(ceiling, 250 * 2 ** Math.min(n, 10));
  return Math.round(span / 2 + (span / 2) * chance);
}
