import type Stripe from 'stripe';
import { newId } from '../core/ids.ts';
import type { CardNature, ChargeRow } from '../core/rows.ts';

interface Decline {
  code: string;
  message: string;
  /** False when the error has no `decline_code`. https://docs.stripe.com/testing#declined-payments */
  declineCode?: false;
  param?: string;
  /** The network's response code (ISO 8583). */
  network?: string;
  advice?: 'confirm_card_data' | 'do_not_try_again' | 'try_again_later';
}

const declined = { code: 'card_declined', message: 'Your card was declined.' };

/** The error codes and words of a decline. https://docs.stripe.com/declines/codes */
const declines: Record<string, Decline> = {
  generic_decline: { ...declined, network: '01', advice: 'try_again_later' },
  insufficient_funds: {
    ...declined,
    message: 'Your card has insufficient funds.',
    network: '51',
    advice: 'try_again_later',
  },
  lost_card: { ...declined, network: '41', advice: 'do_not_try_again' },
  stolen_card: { ...declined, network: '43', advice: 'do_not_try_again' },
  fraudulent: declined,
  card_velocity_exceeded: {
    ...declined,
    message:
      'Your card was declined for making repeated attempts too frequently or exceeding its amount limit.',
    network: '65',
    advice: 'try_again_later',
  },
  authentication_required: {
    code: 'authentication_required',
    message: 'Your card was declined. This transaction requires authentication.',
  },
  expired_card: {
    code: 'expired_card',
    message: 'Your card has expired.',
    declineCode: false,
    param: 'exp_month',
    network: '54',
    advice: 'do_not_try_again',
  },
  incorrect_cvc: {
    code: 'incorrect_cvc',
    message: "Your card's security code is incorrect.",
    declineCode: false,
    param: 'cvc',
    network: 'N7',
    advice: 'confirm_card_data',
  },
  processing_error: {
    code: 'processing_error',
    message: 'An error occurred while processing your card. Try again in a little bit.',
    declineCode: false,
    network: '96',
    advice: 'try_again_later',
  },
};

function declineOf(decline: string): Decline {
  return declines[decline] ?? declined;
}

/** The error a refused card answers with. */
export function declineError(decline: string) {
  const { code, message, declineCode, param, network, advice } = declineOf(decline);
  return {
    type: 'card_error' as const,
    code,
    message,
    ...(declineCode !== false && { decline_code: decline }),
    ...(param !== undefined && { param }),
    ...(network !== undefined && { network_decline_code: network }),
    ...(advice !== undefined && { advice_code: advice }),
  };
}

type Outcome = NonNullable<ChargeRow['outcome']>;

/** How a charge ended, in Radar's and the bank's words. https://docs.stripe.com/declines#issuer-declines */
export function outcomeOf(decline: string | null, { risk }: CardNature): Outcome {
  const common = { advice_code: null, network_advice_code: null, network_decline_code: null };
  const scored = { risk_level: risk ?? 'normal', risk_score: risk === 'highest' ? 92 : risk ? 68 : 20 };
  if (decline === null)
    return {
      ...common,
      ...scored,
      network_status: 'approved_by_network',
      reason: null,
      seller_message: 'Payment complete.',
      type: 'authorized',
    };
  // https://docs.stripe.com/disputes/prevention/fraud#high-risk-payments
  if (risk === 'highest')
    return {
      ...common,
      ...scored,
      network_status: 'not_sent_to_network',
      reason: 'highest_risk_level',
      rule: 'block_if_high_risk',
      seller_message: 'Stripe blocked this payment as too risky.',
      type: 'blocked',
    };
  const { network = null, advice = null } = declineOf(decline);
  return {
    ...common,
    ...scored,
    advice_code: advice,
    network_decline_code: network,
    network_status: 'declined_by_network',
    reason: decline,
    seller_message:
      decline === 'generic_decline'
        ? 'The bank did not return any further details with this decline.'
        : `The bank returned the decline code \`${decline}\`.`,
    type: 'issuer_declined',
  };
}

type ThreeDSecure = Stripe.Charge.PaymentMethodDetails.Card.ThreeDSecure;

/** What a charge and a setup attempt say of the cardholder's authentication. */
export function threeDSecure(
  result: 'authenticated' | 'failed' | 'processing_error' | 'attempt_acknowledged' | null,
): ThreeDSecure | null {
  if (result === null) return null;
  return {
    authentication_flow: result === 'authenticated' || result === 'failed' ? 'challenge' : null,
    electronic_commerce_indicator:
      result === 'authenticated' ? '05' : result === 'attempt_acknowledged' ? '06' : null,
    exemption_indicator: null,
    result,
    result_reason:
      result === 'failed' ? 'rejected' : result === 'attempt_acknowledged' ? 'card_not_enrolled' : null,
    transaction_id: newId('').slice(1),
    version: '2.2.0',
  };
}
