/** Chance for hostile traffic: the same for the same seed. */
export function diceOf(seed) {
  let state = seed;
  /** 0 to n − 1. */
  const random = (n) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  const pick = (list) => list[random(list.length)];
  const noise = (length) => Buffer.from(Array.from({ length }, () => random(256)));
  return { random, pick, noise };
}
