import type { Words } from '../letter.ts';

export const en: Words = {
  greeting: 'Hello,',
  questions: (address) => `Questions? Write to ${address}.`,
  welcome: ({ brand, plan, until, credits }) => ({
    subject: `Welcome to ${plan}`,
    lines: [
      `your access to ${plan} at ${brand} is open.`,
      ...(credits ? [`It includes ${credits} credits for this period.`] : []),
      ...(until ? [`Your free trial runs until ${until}.`] : []),
      'You can change or cancel your plan at any time, right in the chat.',
    ],
  }),
  receipt: ({ brand, plan, amount, paidAt, number }) => ({
    subject: `Your receipt from ${brand}`,
    lines: [
      `thank you. We received ${amount ?? 'your payment'} for ${plan}${paidAt ? ` on ${paidAt}` : ''}.`,
      ...(number ? [`Invoice number: ${number}.`] : []),
    ],
    button: 'See the invoice',
  }),
  trial_ending: ({ plan, amount, until }) => ({
    subject: `Your free trial of ${plan} ends${until ? ` on ${until}` : ' soon'}`,
    lines: [
      `your free trial of ${plan} ends${until ? ` on ${until}` : ' soon'}.`,
      amount ? `It then becomes a paid plan for ${amount}.` : 'It then becomes a paid plan.',
      'If you do not want that, cancel before then in the chat; you will not be charged.',
    ],
  }),
  payment_failed: ({ plan, amount, until }) => ({
    subject: `Your payment for ${plan} did not go through`,
    lines: [
      `we could not collect ${amount ?? 'your payment'} for ${plan}.`,
      ...(until ? [`Nothing changes for now: your access stays as it is until ${until}.`] : []),
      'Please pay the invoice, or replace your card in the chat.',
    ],
    button: 'Pay now',
  }),
  reminder: ({ plan, amount }) => ({
    subject: `${plan} is still unpaid`,
    lines: [
      `a reminder: ${amount ?? 'an amount'} for ${plan} is still open.`,
      'Please pay the invoice, or replace your card in the chat.',
    ],
    button: 'Pay now',
  }),
  last_notice: ({ plan, amount, until }) => ({
    subject: `Last notice: ${plan} is unpaid`,
    lines: [
      `${amount ?? 'an amount'} for ${plan} is still open.`,
      until
        ? `Your access is cut back or ends on ${until} if it stays unpaid.`
        : 'Your access ends if it stays unpaid.',
    ],
    button: 'Pay now',
  }),
  restricted: ({ plan, amount, until }) => ({
    subject: `Your access to ${plan} is restricted`,
    lines: [
      `because ${amount ?? 'an amount'} for ${plan} is unpaid, your access is restricted now.`,
      ...(until ? [`On ${until} your plan ends.`] : []),
      'It is restored at once when you pay.',
    ],
    button: 'Pay now',
  }),
  recovered: ({ plan }) => ({
    subject: `Thank you: ${plan} is paid`,
    lines: [`your payment for ${plan} has arrived, and your access is fully restored.`],
  }),
  ended: ({ brand, plan }) => ({
    subject: `Your plan ${plan} has ended`,
    lines: [`your plan ${plan} at ${brand} has ended.`, 'You are welcome back at any time.'],
  }),
  payment_action_required: ({ plan, amount }) => ({
    subject: `Your bank asks you to confirm a payment for ${plan}`,
    lines: [
      `your bank wants you to confirm the payment of ${amount ?? 'your invoice'} for ${plan}.`,
      'It takes a moment; the payment is not made without it.',
    ],
    button: 'Confirm the payment',
  }),
  card_expiring: ({ plan, card, until }) => ({
    subject: 'Your card expires soon',
    lines: [
      `the card ${card ?? ''} that pays for ${plan} expires${until ? ` on ${until}` : ' soon'}.`,
      'Add a new one in the chat, so that your access goes on without a break.',
    ],
  }),
  payments_failing: ({ plan, failed = '', attempts = '', usual = '', live }) => ({
    subject: `Payments of ${plan} are failing`,
    lines: [
      `${failed} of ${attempts} payments of ${plan} failed in the last quarter of an hour; usually it is ${usual}.`,
      live ? 'This is about live payments.' : 'This is about test mode: no real money.',
      'Your Stripe dashboard says why each payment failed. We write again in an hour if it goes on.',
    ],
  }),
};
