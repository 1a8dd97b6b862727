const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** Half of an exponentially growing delay for certain, the other half at random, so that clients do not come back in step. */
export function backoffMs(attempt: number, random: () => number): number {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return whole / 2 + (random() * whole) / 2;
}
