/** An execution environment serves one request at a time, so one deadline is enough. Monotonic. */
let deadline = Number.POSITIVE_INFINITY;

/** Starts the time a request may spend at Stripe; called at its beginning. */
export const startBudget = (): void => {
  deadline = performance.now() + Number(process.env.STRIPE_BUDGET_SECONDS ?? 22) * 1000;
};

/** Milliseconds left, 0 when it is spent. A function that started no budget has no end. */
export const budgetLeft = (): number => Math.max(0, deadline - performance.now());
