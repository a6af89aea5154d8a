import type { Measured } from './measure.ts';
import { at } from './page.ts';

const words = ['unknown', 'excellent', 'good', 'poor', 'bad', 'very bad', 'down'];

interface Row {
  network: number;
  volume: number;
  measured: Measured | undefined;
}

const members = new Map<string, Row>();

function of(userId: string): Row {
  let found = members.get(userId);
  if (found === undefined) {
    found = { network: 0, volume: 0, measured: undefined };
    members.set(userId, found);
  }
  return found;
}

/** What was heard of the networks of the members. */
export function networks(list: readonly { readonly userId: string; readonly quality: number }[]): void {
  for (const { userId, quality } of list) of(userId).network = quality;
  draw();
}

/** How loud the members are, 0 to 100. */
export function volumes(list: readonly { readonly userId: string; readonly audioVolume: number }[]): void {
  for (const { userId, audioVolume } of list) of(userId).volume = audioVolume;
  draw();
}

/** What was measured of those who are received. */
export function measurements(list: readonly Measured[]): void {
  for (const one of list) of(one.userId).measured = one;
  draw();
}

/** Who is in the list. */
export const listed = (): readonly string[] => [...members.keys()];

/** Of one who has left, or of all. */
export function forget(userId?: string): void {
  if (userId === undefined) members.clear();
  else members.delete(userId);
  draw();
}

function draw(): void {
  const rows = [...members].map(([userId, { network, volume, measured }]) => {
    const row = document.createElement('tr');
    const received =
      measured === undefined
        ? ['', '', '', '']
        : [
            `${Math.round(measured.rtt)} ms`,
            `${(100 * measured.loss).toFixed(1)} %`,
            measured.picture,
            String(measured.freezes),
          ];
    for (const text of [userId, words[network] ?? '', String(Math.round(volume)), ...received]) {
      const cell = document.createElement('td');
      cell.textContent = text;
      row.append(cell);
    }
    return row;
  });
  at('quality-rows').replaceChildren(...rows);
}
