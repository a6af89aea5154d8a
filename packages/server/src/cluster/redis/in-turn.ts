/** The next few of a map, which then come last: where there are more than are asked about at once, each has its turn. */
export function inTurn<K, V>(map: Map<K, V>, most: number): readonly (readonly [K, V])[] {
  const some = [...map].slice(0, most);
  if (map.size <= most) return some;
  for (const [key, value] of some) {
    map.delete(key);
    map.set(key, value);
  }
  return some;
}
