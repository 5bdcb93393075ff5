import { defineConsumer, on } from './define.ts';
import { disputeObject, payoutObject, refundObject } from './stripe-objects.ts';

/** Money that goes back to a buyer, or is withdrawn by their bank; what it bought goes with it. */
export const reverseSale = defineConsumer({
  id: 'reverseSale',
  summary: 'Books refunds and disputes of a sale and takes back what it granted',
  events: [
    on('refund.created', refundObject),
    on('refund.updated', refundObject),
    on('refund.failed', refundObject),
    on('charge.dispute.created', disputeObject),
    on('charge.dispute.updated', disputeObject),
    on('charge.dispute.closed', disputeObject),
    on('charge.dispute.funds_withdrawn', disputeObject),
    on('charge.dispute.funds_reinstated', disputeObject),
  ],
  grants: { table: ['read', 'write'], stripe: true },
});

/** R7.3. */
export const recordPayout = defineConsumer({
  id: 'recordPayout',
  summary: "Keeps the list of an organisation's payouts equal to Stripe",
  events: [
    on('payout.created', payoutObject),
    on('payout.updated', payoutObject),
    on('payout.paid', payoutObject),
    on('payout.failed', payoutObject),
    on('payout.canceled', payoutObject),
  ],
  grants: { table: ['read', 'write'], stripe: true },
});
