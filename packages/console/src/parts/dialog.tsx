import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { say } from '../lib/say.ts';
import { Icon } from './icon.tsx';

interface DialogProps {
  readonly title: string;
  readonly close: () => void;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}

/** Closes a dialog when its work is done, unless it was closed meanwhile: what is open by then is another one. */
export function useOwnClose(close: () => void): () => void {
  const shown = useRef(true);
  useEffect(() => {
    return () => {
      shown.current = false;
    };
  }, []);
  return () => {
    if (shown.current) close();
  };
}

/** A dialog over the page; the browser keeps the focus in it, and Escape closes it. */
export function Dialog({ title, close, wide = false, children }: DialogProps) {
  const box = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = box.current;
    const before = document.activeElement as HTMLElement | null;
    dialog?.showModal();
    (dialog?.querySelector<HTMLElement>('.dialog-body :is(input, select, textarea)') ?? dialog)?.focus();
    return () => {
      dialog?.close();
      before?.focus?.();
    };
  }, []);
  return (
    <dialog
      ref={box}
      class={wide ? 'wide' : undefined}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
    >
      <div class="dialog-head">
        <h2 id={id}>{title}</h2>
        <button type="button" class="button plain icon" onClick={close} aria-label={say('close')}>
          <Icon name="close" />
        </button>
      </div>
      <div class="dialog-body">{children}</div>
    </dialog>
  );
}
