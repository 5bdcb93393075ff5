import type { Job } from './define.ts';

/** R10.3: what webhooks lost is found within a day. */
export const reconcile: Job = {
  id: 'reconcile',
  summary: 'Has every connected account compared with Stripe, and our webhook endpoints looked after',
  schedule: 'rate(1 day)',
  grants: { table: ['query'], stripe: true, bus: true },
};

export const jobs = { reconcile } satisfies Record<string, Job>;
