import { signal } from '@preact/signals';

const shown = signal<readonly { readonly id: number; readonly text: string }[]>([]);
let last = 0;

/** Tells in a corner what has happened, for a few seconds. */
export function toast(text: string): void {
  last += 1;
  const id = last;
  shown.value = [...shown.value.slice(-2), { id, text }];
  setTimeout(() => {
    shown.value = shown.value.filter((one) => one.id !== id);
  }, 5000);
}

/** Where toasts appear; read aloud by screen readers. */
export const Toasts = () => (
  <div class="toasts" role="status" aria-live="polite">
    {shown.value.map(({ id, text }) => (
      <div class="toast" key={id}>
        {text}
      </div>
    ))}
  </div>
);
