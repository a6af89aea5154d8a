/** How many rows are kept in which way. */
export interface SecretsCount {
  /** As they are wanted: under the master key, or as they are where none is given. */
  readonly current: number;
  /** Under the other key that is given. */
  readonly other: number;
  /** Not encrypted, though a master key is given. */
  readonly plain: number;
  /** Under a key that is not given. */
  readonly unknown: number;
}

/** The rows of a store that hold secrets. */
export interface SecretsAtRest {
  /** Of the master key; empty when none is given. */
  readonly keyId: string;
  count(): Promise<SecretsCount>;
  /** Writes every row anew that is not kept as it should be; says how many. Rejects, changing none, where one cannot be read. */
  rotate(): Promise<number>;
}
