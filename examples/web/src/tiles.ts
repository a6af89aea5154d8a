import { at } from './page.ts';

/** The id of the element that shows the own camera. */
export const ownView = 'own-view';

/** The id of the element that shows a member. */
export const viewOf = (userId: string): string => `view-${userId}`;

/** A tile with a name for a member, made when it is not there yet. */
export function addTile(viewId: string, name: string): void {
  if (document.getElementById(viewId) !== null) return;
  const tile = document.createElement('div');
  tile.className = 'tile';
  const view = document.createElement('div');
  view.className = 'view';
  view.id = viewId;
  const label = document.createElement('span');
  label.className = 'name';
  label.textContent = name;
  tile.append(view, label);
  at('tiles').append(tile);
}

export function removeTile(viewId: string): void {
  document.getElementById(viewId)?.closest('.tile')?.remove();
}

export function removeTiles(): void {
  at('tiles').replaceChildren();
}
