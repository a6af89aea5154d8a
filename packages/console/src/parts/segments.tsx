interface SegmentsProps<Key extends string> {
  readonly label: string;
  readonly value: Key;
  readonly choices: Readonly<Record<Key, string>>;
  readonly set: (value: Key) => void;
}

/** A few choices side by side, one of them pressed. */
export function Segments<Key extends string>({ label, value, choices, set }: SegmentsProps<Key>) {
  return (
    <fieldset class="segments" aria-label={label} style={{ margin: 0, minWidth: 0 }}>
      {(Object.entries(choices) as [Key, string][]).map(([key, text]) => (
        <button key={key} type="button" aria-pressed={key === value} onClick={() => set(key)}>
          {text}
        </button>
      ))}
    </fieldset>
  );
}
