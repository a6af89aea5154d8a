/** Without the members that are undefined: they would be null on the wire. */
export function defined(params: object): object {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined));
}
