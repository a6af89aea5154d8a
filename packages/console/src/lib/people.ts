/** Who is in a call: the caller, and the others. */
export function people({ members }: { readonly members: readonly (string | { readonly userId: string })[] }): string {
  const [caller = '', ...others] = members.map((one) => (typeof one === 'string' ? one : one.userId));
  const shown = others.slice(0, 3).join(', ');
  return others.length === 0 ? caller : `${caller} → ${shown}${others.length > 3 ? ` +${others.length - 3}` : ''}`;
}
