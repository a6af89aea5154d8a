import { useEffect, useState } from 'preact/hooks';
import { say } from '../lib/say.ts';

interface SearchProps {
  readonly label: string;
  readonly value: string;
  readonly find: (text: string) => void;
}

/** The search of a page, which `/` jumps to; it looks when Enter is pressed. */
export function Search({ label, value, find }: SearchProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  return (
    <form
      class="row search"
      onSubmit={(event) => {
        event.preventDefault();
        find(text.trim());
      }}
    >
      <input
        class="input"
        type="search"
        data-search
        aria-label={label}
        placeholder={label}
        value={text}
        spellcheck={false}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <button type="submit" class="button">
        {say('search')}
      </button>
    </form>
  );
}
