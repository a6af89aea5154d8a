interface TileProps {
  readonly name: string;
  /** Undefined while it is read. */
  readonly value: string | undefined;
  readonly note: string;
}

/** One number, what it is of, and what stands beside it. */
export const Tile = ({ name, value, note }: TileProps) => (
  <div class="tile">
    <div class="name">{name}</div>
    <div class="value">{value ?? <span class="bone" />}</div>
    <div class="note">{note}</div>
  </div>
);
