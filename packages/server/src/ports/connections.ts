/** How the connections to a shared database are that the work of this process goes by. Signs of life have one of their own. */
export interface Connections {
  /** ms for which nothing has been answered although something was asked; 0 while answers come. */
  readonly silentFor: number;
  /** ms for which no further connection could be made, whenever that was tried; 0 when it could the last time. */
  readonly refusedFor: number;
}
