/** Attempts to take a payment, by how they ended. */
export type Attempts = { succeeded: number; failed: number };

/** Fewer failures than this are bad luck, whatever their share. */
const fewestFailures = 5;
/** How often chance alone may bring as many failures as we saw: one look in a hundred thousand. */
const significance = 1e-5;
/** What is taken for usual before anything is known: 1 of 20, a common share of declined cards. */
const prior = { failed: 1, attempts: 20 };

export const usualShare = ({ succeeded, failed }: Attempts): number =>
  (failed + prior.failed) / (succeeded + failed + prior.attempts);

/**
 * Whether payments fail more often than they usually do for this organisation: by more than chance would bring (the
 * upper tail of the binomial distribution), at least twice as often, and often enough to matter.
 */
export function isAnomalous(recent: Attempts, usual: Attempts): boolean {
  const attempts = recent.succeeded + recent.failed;
  if (recent.failed < fewestFailures) return false;
  const share = usualShare(usual);
  if (recent.failed / attempts < 2 * share) return false;
  return upperTail(attempts, recent.failed, share) < significance;
}

/** P(X >= failed) for `attempts` trials that fail with probability `share`; by logarithms, as the terms get tiny. */
export function upperTail(attempts: number, failed: number, share: number): number {
  if (failed <= 0) return 1;
  if (share <= 0) return 0;
  if (share >= 1) return 1;
  const odds = Math.log(share) - Math.log1p(-share);
  let term = attempts * Math.log1p(-share);
  let tail = 0;
  for (let count = 0; count <= attempts; count++) {
    if (count > 0) term += Math.log(attempts - count + 1) - Math.log(count) + odds;
    if (count >= failed) tail += Math.exp(term);
  }
  return Math.min(1, tail);
}
