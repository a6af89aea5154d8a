/** How the connections to a shared database are that the work of this process goes by. Signs of life have one of their own. */
export interface Connections {
  /** ms for which nothing has been answered although something was asked; 0 while answers come. */
  readonly silentFor: number;
  /** Whether a further connection could not be made when that was tried last. */
  readonly refused: boolean;
}
