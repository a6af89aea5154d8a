import { say } from '../lib/say.ts';
import { Icon } from './icon.tsx';
import { toast } from './toast.tsx';

/** Copies a text, and says so. */
export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(say('copied'));
  } catch {
    toast(say('notCopied'));
  }
}

/** A text to be copied, such as a key that is shown once. */
export const Secret = ({ text, label }: { readonly text: string; readonly label: string }) => (
  <div class="secret">
    <code title={label}>{text}</code>
    <button type="button" class="button small" onClick={() => copy(text)}>
      <Icon name="copy" size={14} />
      {say('copy')}
    </button>
  </div>
);
