/** The one clock: tests and the local cloud move `Date` itself. */
export type Clock = { now(): Date };
export const systemClock: Clock = { now: () => new Date() };
export const seconds = (at: Date): number => Math.floor(at.getTime() / 1000);
