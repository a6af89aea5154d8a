import { at } from './page.ts';

const words = ['unknown', 'excellent', 'good', 'poor', 'bad', 'very bad', 'down'];

const members = new Map<string, { network: number; volume: number }>();

function of(userId: string): { network: number; volume: number } {
  let found = members.get(userId);
  if (found === undefined) {
    found = { network: 0, volume: 0 };
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

/** Of one who has left, or of all. */
export function forget(userId?: string): void {
  if (userId === undefined) members.clear();
  else members.delete(userId);
  draw();
}

function draw(): void {
  const rows = [...members].map(([userId, { network, volume }]) => {
    const row = document.createElement('tr');
    for (const text of [userId, words[network] ?? '', String(Math.round(volume))]) {
      const cell = document.createElement('td');
      cell.textContent = text;
      row.append(cell);
    }
    return row;
  });
  at('quality-rows').replaceChildren(...rows);
}
