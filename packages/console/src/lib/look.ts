import { signal } from '@preact/signals';

export type Look = 'system' | 'light' | 'dark';

const kept = 'ringback.look';
const known: readonly string[] = ['light', 'dark'];
const first = localStorage.getItem(kept) ?? '';

/** Light, dark, or as the system has it. */
export const look = signal<Look>(known.includes(first) ? (first as Look) : 'system');

const show = (): void => {
  if (look.value === 'system') delete document.documentElement.dataset.look;
  else document.documentElement.dataset.look = look.value;
};
show();

/** Chooses light or dark, and keeps it. */
export function chooseLook(chosen: Look): void {
  look.value = chosen;
  localStorage.setItem(kept, chosen);
  show();
}
