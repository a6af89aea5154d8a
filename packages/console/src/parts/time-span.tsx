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
      <label class="row">
        <span class="muted">{say('from')}</span>
        <input
          class="input slim"
          type="datetime-local"
          value={asInput(from)}
          aria-invalid={wrong}
          onChange={(event) => set(fromInput(event.currentTarget.value), to)}
        />
      </label>
      <label class="row">
        <span class="muted">{say('to')}</span>
        <input
          class="input slim"
          type="datetime-local"
          value={asInput(to)}
          aria-invalid={wrong}
          onChange={(event) => set(from, fromInput(event.currentTarget.value))}
        />
      </label>
      {wrong && (
        <span class="problem" role="alert">
          {say('spanWrong')}
        </span>
      )}
    </div>
  );
}
