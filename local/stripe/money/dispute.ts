import { invalidRequest } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import type { DisputeRow } from '../core/money-rows.ts';
import { type ChargeRow, idOf } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { shown } from '../core/unit-of-work.ts';
import { blankEvidence } from './evidence.ts';
import { disputeFee } from './fees.ts';
import { day, record } from './ledger.ts';

/** Seconds the bank of a test card takes to decide. */
const deliberation = 60;
const responseDays = 9;
/** After which an inquiry can no longer become a dispute. https://docs.stripe.com/disputes/how-disputes-work#inquiries */
const inquiryDays = 120;

type BalanceTransaction = DisputeRow['balance_transactions'][number];

function move(tx: Tx, dispute: DisputeRow, amount: number, back: boolean) {
  const charge = idOf(dispute.charge) ?? '';
  const moved = record(tx, {
    type: 'adjustment',
    reporting_category: back ? 'dispute_reversal' : 'dispute',
    amount,
    currency: dispute.currency,
    source: dispute.id,
    description: `Chargeback ${back ? 'reversal' : 'withdrawal'} for ${charge}`,
    fees: back
      ? []
      : [
          {
            amount: disputeFee,
            application: null,
            currency: dispute.currency,
            description: 'Dispute fee',
            type: 'stripe_fee',
          },
        ],
  });
  dispute.balance_transactions.push(shown(moved) as unknown as BalanceTransaction);
}

/** The cardholder disputes a charge, or their bank inquires. https://docs.stripe.com/testing#disputes */
export function openDispute(tx: Tx, charge: ChargeRow) {
  const { dispute: wanted } = charge._;
  charge._.dispute = null;
  if (!wanted || charge.refunded) return;
  const inquiry = wanted.nature === 'inquiry';
  const reason = inquiry ? 'fraudulent' : wanted.nature;
  const network = charge.payment_method_details?.card?.brand ?? 'visa';
  const code = reason === 'fraudulent' ? '10.4' : '13.1';
  const dispute = tx.put('dispute', {
    id: newId('du'),
    object: 'dispute',
    amount: charge.amount_captured - charge.amount_refunded,
    balance_transactions: [],
    charge: charge.id,
    created: tx.now,
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: blankEvidence(charge),
    evidence_details: {
      due_by: (Math.floor(tx.now / day) + responseDays + 1) * day - 1,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'not_submitted',
    },
    intended_submission_method: null,
    is_charge_refundable: inquiry,
    livemode: tx.livemode,
    metadata: {},
    network_reason_code: code,
    payment_intent: charge.payment_intent,
    payment_method_details: {
      card: {
        brand: network,
        case_type: inquiry ? 'inquiry' : 'chargeback',
        network,
        network_reason_code: code,
      },
      type: 'card',
    },
    reason,
    status: inquiry ? 'warning_needs_response' : 'needs_response',
    _: { verdict: null },
  });
  charge.disputed = true;
  if (inquiry) return;
  // Told before the money goes.
  tx.unit.step();
  move(tx, dispute, -dispute.amount, false);
}

export function isInquiry({ status }: DisputeRow) {
  return status.startsWith('warning_');
}

/** What the bank makes of the words test evidence can hold. https://docs.stripe.com/testing#disputes */
function verdictOf(text: string | null | undefined) {
  if (text === 'winning_evidence') return 'won';
  if (text === 'losing_evidence') return 'lost';
  return text === 'escalate_inquiry_evidence' ? 'escalated' : null;
}

/** Sends evidence to the bank. Throws 400 when there is nothing to answer any more. */
export function submitEvidence(tx: Tx, dispute: DisputeRow) {
  const { evidence_details: details, evidence } = dispute;
  details.submission_count += 1;
  details.submission_method = 'manual';
  dispute.status = isInquiry(dispute) ? 'warning_under_review' : 'under_review';
  const status = verdictOf(evidence.uncategorized_text);
  // Any other evidence is under review for good: only the words decide.
  dispute._.verdict = status === null ? null : { status, at: tx.now + deliberation };
}

export function mustNeedResponse(dispute: DisputeRow) {
  if (dispute.status === 'needs_response' || dispute.status === 'warning_needs_response') return;
  throw invalidRequest(
    dispute.evidence_details.submission_count > 0
      ? 'The evidence for this dispute has already been submitted, so it cannot be updated.'
      : 'This dispute is already closed',
  );
}

/** Ends a dispute; money that was won comes back, the fee does not. */
export function closeDispute(tx: Tx, dispute: DisputeRow, status: 'won' | 'lost') {
  dispute._.verdict = null;
  if (isInquiry(dispute)) {
    dispute.status = 'warning_closed';
    return;
  }
  if (status === 'won') move(tx, dispute, dispute.amount, true);
  dispute.status = status;
}

/** Epoch seconds at which a dispute goes on by itself. */
export function disputeDue({ status, created, evidence_details: { due_by }, _: { verdict } }: DisputeRow) {
  if (verdict) return verdict.at;
  if (status === 'needs_response') return (due_by ?? 0) + 1;
  return status.startsWith('warning_') && status !== 'warning_closed' ? created + inquiryDays * day : null;
}

/** The bank decides, or the time to answer is over. */
export function runDispute(tx: Tx, dispute: DisputeRow) {
  const { verdict } = dispute._;
  dispute._.verdict = null;
  if (verdict?.status === 'escalated' && isInquiry(dispute)) {
    dispute.status = 'needs_response';
    dispute.is_charge_refundable = false;
    const charge = tx.get('charge', idOf(dispute.charge));
    // What was refunded meanwhile is not taken again.
    if (charge) dispute.amount = Math.min(dispute.amount, charge.amount - charge.amount_refunded);
    dispute.evidence_details.due_by = (Math.floor(tx.now / day) + responseDays + 1) * day - 1;
    dispute.evidence_details.submission_count = 0;
    const { card } = dispute.payment_method_details ?? {};
    if (card) card.case_type = 'chargeback';
    move(tx, dispute, -dispute.amount, false);
    return;
  }
  if (!verdict) dispute.evidence_details.past_due = true;
  closeDispute(tx, dispute, verdict?.status === 'won' ? 'won' : 'lost');
}
