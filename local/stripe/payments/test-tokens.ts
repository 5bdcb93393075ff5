import { byCountry } from './test-cards.ts';

/** What follows `pm_card_` or `tok_`, and the number it stands for. https://docs.stripe.com/testing?testing-method=payment-methods */
const names: Record<string, string> = {
  us: '4242424242424242',
  ...Object.fromEntries(
    Object.entries(byCountry).map(([country, number]) => [country.toLowerCase(), number]),
  ),
  visa: '4242424242424242',
  visa_debit: '4000056655665556',
  mastercard: '5555555555554444',
  mastercard_debit: '5200828282828210',
  mastercard_prepaid: '5105105105105100',
  amex: '378282246310005',
  discover: '6011111111111117',
  diners: '3056930009020004',
  jcb: '3566002020360505',
  unionpay: '6200000000000005',
  visa_cartesBancaires: '4000002500001001',
  mastercard_cartesBancaires: '5555552500001001',
  visa_debit_eftposAuCoBranded: '4000050360000001',
  mastercard_debit_eftposAuCoBranded: '5555050360000080',
  ae_mastercard: '5200007840000022',
  gb_debit: '4000058260000005',
  gb_mastercard: '5555558265554449',
  th_credit: '4000007640000003',
  th_debit: '4000057640000008',
  chargeDeclined: '4000000000000002',
  chargeDeclinedInsufficientFunds: '4000000000009995',
  chargeDeclinedLostCard: '4000000000009987',
  chargeDeclinedStolenCard: '4000000000009979',
  chargeDeclinedExpiredCard: '4000000000000069',
  chargeDeclinedIncorrectCvc: '4000000000000127',
  chargeDeclinedProcessingError: '4000000000000119',
  chargeDeclinedVelocityLimitExceeded: '4000000000006975',
  chargeDeclinedFraudulent: '4100000000000019',
  chargeCustomerFail: '4000000000000341',
  radarBlock: '4100000000000019',
  riskLevelHighest: '4000000000004954',
  riskLevelElevated: '4000000000009235',
  cvcCheckFail: '4000000000000101',
  avsZipFail: '4000000000000036',
  avsLine1Fail: '4000000000000028',
  avsFail: '4000000000000010',
  avsUnchecked: '4000000000000044',
  authenticationRequiredOnSetup: '4000002500003155',
  authenticationRequired: '4000002760003184',
  authenticationRequiredSetupForOffSession: '4000003800000446',
  authenticationRequiredChargeDeclinedInsufficientFunds: '4000008260003178',
  threeDSecure2Required: '4000000000003220',
  threeDSecureRequired: '4000000000003220',
  threeDSecureRequiredChargeDeclined: '4000008400001629',
  threeDSecureRequiredProcessingError: '4000008400001280',
  threeDSecureOptional: '4000000000003055',
  threeDSecureOptionalProcessingError: '4000000000003097',
  amex_threeDSecureNotSupported: '378282246310005',
  createDispute: '4000000000000259',
  createDisputeProductNotReceived: '4000000000002685',
  createDisputeInquiry: '4000000000001976',
  pendingRefund: '4000000000007726',
  refundFail: '4000000000005126',
  bypassPending: '4000000000000077',
  bypassPendingInternational: '4000003720000278',
  domesticPricing: '4000000000000093',
};

/** Declines are spelled with and without their brand. */
function numberOf(name: string) {
  const plain = name.replace(/^visa_(?=chargeDeclined)/, '');
  return Object.hasOwn(names, plain) ? names[plain] : undefined;
}

/** The number of a test payment method (`pm_card_...`), or undefined. */
export function numberOfTestMethod(id: string) {
  return id.startsWith('pm_card_') ? numberOf(id.slice('pm_card_'.length)) : undefined;
}

/** The number of a legacy test token (`tok_...`), or undefined. */
export function numberOfTestToken(id: string) {
  return id.startsWith('tok_') ? numberOf(id.slice('tok_'.length)) : undefined;
}
