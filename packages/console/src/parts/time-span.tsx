import { useState } from 'preact/hooks';
import { asInput, fromInput } from '../lib/ranges.ts';
import { say } from '../lib/say.ts';

interface TimeSpanProps {
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly set: (from: number | undefined, to: number | undefined) => void;
}

/** From when, and until when; the page changes as soon as one is chosen. */
export function TimeSpan({ from, to, set }: TimeSpanProps) {
  const wrong = from !== undefined && to !== undefined && from > to;
  return (
    <div class="row wrap time-span">
      <End label={say('from')} time={from} wrong={wrong} set={(time) => set(time, to)} />
      <End label={say('to')} time={to} wrong={wrong} set={(time) => set(from, time)} />
      {wrong && (
        <span class="problem" role="alert">
          {say('spanWrong')}
        </span>
      )}
    </div>
  );
}

interface EndProps {
  readonly label: string;
  readonly time: number | undefined;
  readonly wrong: boolean;
  readonly set: (time: number | undefined) => void;
}

/** One end of it. A year is typed digit by digit, and one before 1970 is not yet all of it: until then nothing is chosen. */
function End({ label, time, wrong, set }: EndProps) {
  const [begun, setBegun] = useState<string>();
  const typed = (text: string) => {
    const chosen = fromInput(text);
    const isWhole = chosen === undefined || chosen > 0;
    // Kept, since the page may be drawn again between two digits.
    setBegun(isWhole ? undefined : text);
    if (isWhole) set(chosen);
  };
  return (
    <label class="row">
      <span class="muted">{label}</span>
      <input
        class="input slim"
        type="datetime-local"
        value={begun ?? asInput(time)}
        aria-invalid={wrong}
        onInput={(event) => typed(event.currentTarget.value)}
        onBlur={() => setBegun(undefined)}
      />
    </label>
  );
}
