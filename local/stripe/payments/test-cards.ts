import type { CardNature } from '../core/rows.ts';

/** What a card number stands for in a sandbox. */
export interface TestCard {
  brand: string;
  country: string;
  funding: 'credit' | 'debit' | 'prepaid';
  /** Networks of a co-branded card, when there is more than one. */
  networks: string[];
  nature: CardNature;
}

const good: CardNature = { charge: null, attach: null, authentication: 'never' };

function card(
  brand: string,
  country: string,
  nature: Partial<CardNature> = {},
  rest: Partial<TestCard> = {},
) {
  const made: TestCard = { brand, country, funding: 'credit', networks: [brand], nature: good, ...rest };
  made.nature = { ...good, ...nature };
  return made;
}

/** A card every charge of which is refused; it cannot be saved either. */
function refused(code: string, rest: Partial<CardNature> = {}) {
  return card('visa', 'US', { charge: code, attach: code, ...rest });
}

const debit = { funding: 'debit' } as const;

/** https://docs.stripe.com/testing#cards */
const brands: Record<string, TestCard> = {
  '4242424242424242': card('visa', 'US', { threeDSecure: 'unenrolled' }),
  '4000056655665556': card('visa', 'US', {}, debit),
  '5555555555554444': card('mastercard', 'US'),
  '2223003122003222': card('mastercard', 'US'),
  '5200828282828210': card('mastercard', 'US', {}, debit),
  '5105105105105100': card('mastercard', 'US', {}, { funding: 'prepaid' }),
  '378282246310005': card('amex', 'US', { threeDSecure: 'unsupported' }),
  '371449635398431': card('amex', 'US', { threeDSecure: 'unsupported' }),
  '6011111111111117': card('discover', 'US'),
  '6011000990139424': card('discover', 'US'),
  '6011981111111113': card('discover', 'US', {}, debit),
  '3056930009020004': card('diners', 'US'),
  '36227206271667': card('diners', 'US'),
  '3566002020360505': card('jcb', 'JP'),
  '6200000000000005': card('unionpay', 'CN'),
  '6200000000000047': card('unionpay', 'CN', {}, debit),
  '6205500000000000004': card('unionpay', 'CN'),
  '4000002500001001': card('visa', 'FR', {}, { networks: ['cartes_bancaires', 'visa'] }),
  '5555552500001001': card('mastercard', 'FR', {}, { networks: ['cartes_bancaires', 'mastercard'] }),
  '4000050360000001': card('visa', 'AU', {}, { ...debit, networks: ['eftpos_au', 'visa'] }),
  '5555050360000080': card('mastercard', 'AU', {}, { ...debit, networks: ['eftpos_au', 'mastercard'] }),
};

/** Visa credit cards by country of issue. https://docs.stripe.com/testing#international-cards */
export const byCountry: Record<string, string> = {
  AR: '4000000320000021',
  BR: '4000000760000002',
  CA: '4000001240000000',
  CL: '4000001520000001',
  CO: '4000001700000003',
  CR: '4000001880000005',
  EC: '4000002180000000',
  MX: '4000004840008001',
  PA: '4000005910000000',
  PY: '4000006000000066',
  PE: '4000006040000068',
  UY: '4000008580000003',
  AE: '4000007840000001',
  AT: '4000000400000008',
  BE: '4000000560000004',
  BG: '4000001000000000',
  BY: '4000001120000005',
  HR: '4000001910000009',
  CY: '4000001960000008',
  CZ: '4000002030000002',
  DK: '4000002080000001',
  EE: '4000002330000009',
  FI: '4000002460000001',
  FR: '4000002500000003',
  DE: '4000002760000016',
  GI: '4000002920000005',
  GR: '4000003000000030',
  HU: '4000003480000005',
  IE: '4000003720000005',
  IT: '4000003800000008',
  LV: '4000004280000005',
  LI: '4000004380000004',
  LT: '4000004400000000',
  LU: '4000004420000006',
  MT: '4000004700000007',
  NL: '4000005280000002',
  NO: '4000005780000007',
  PL: '4000006160000005',
  PT: '4000006200000007',
  RO: '4000006420000001',
  SA: '4000006820000007',
  SI: '4000007050000006',
  SK: '4000007030000001',
  ES: '4000007240000007',
  SE: '4000007520000008',
  CH: '4000007560000009',
  GB: '4000008260000000',
  AU: '4000000360000006',
  CN: '4000001560000002',
  HK: '4000003440000004',
  IN: '4000003560000008',
  JP: '4000003920000003',
  MY: '4000004580000002',
  NZ: '4000005540000008',
  SG: '4000007020000003',
  TW: '4000001580000008',
};

const countries: Record<string, TestCard> = {
  ...Object.fromEntries(
    Object.entries(byCountry).map(([country, number]) => [number, card('visa', country)]),
  ),
  '5200007840000022': card('mastercard', 'AE'),
  '4000058260000005': card('visa', 'GB', {}, debit),
  '5555558265554449': card('mastercard', 'GB'),
  '3530111333300000': card('jcb', 'JP'),
  '4000007640000003': card('visa', 'TH'),
  '4000057640000008': card('visa', 'TH', {}, debit),
};

/** https://docs.stripe.com/testing#declined-payments and #fraud-prevention */
const declined: Record<string, TestCard> = {
  '4000000000000002': refused('generic_decline'),
  '4000000000009995': refused('insufficient_funds'),
  '4000000000009987': refused('lost_card'),
  '4000000000009979': refused('stolen_card'),
  '4000000000000069': refused('expired_card'),
  '4000000000000127': refused('incorrect_cvc'),
  '4000000000000119': refused('processing_error'),
  '4000000000006975': refused('card_velocity_exceeded'),
  '4000000000000341': card('visa', 'US', { charge: 'generic_decline' }),
  '4100000000000019': refused('fraudulent', { risk: 'highest' }),
  // Radar looks at charges: attaching goes through.
  '4000000000004954': card('visa', 'US', { charge: 'generic_decline', risk: 'highest' }),
  '4000000000009235': card('visa', 'US', { risk: 'elevated' }),
  '4000000000000101': card('visa', 'US', { failsChecks: ['cvc'] }),
  '4000000000000036': card('visa', 'US', { failsChecks: ['postal_code'] }),
  '4000000000000028': card('visa', 'US', { failsChecks: ['line1'] }),
  '4000000000000010': card('visa', 'US', { failsChecks: ['line1', 'postal_code'] }),
  '4000000000000044': card('visa', 'US', { failsChecks: ['address_unavailable'] }),
};

/** https://docs.stripe.com/testing#regulatory-cards and #three-ds-cards */
const authenticated: Record<string, TestCard> = {
  '4000002500003155': card('visa', 'FR', { authentication: 'until_set_up' }),
  '4000002760003184': card('visa', 'DE', { authentication: 'always' }),
  '4000003800000446': card('visa', 'IT', { authentication: 'on_session' }),
  '4000008260003178': card('visa', 'GB', { authentication: 'always', charge: 'insufficient_funds' }),
  '4000000000003220': card('visa', 'US', { authentication: 'always' }),
  '4000008400001629': card('visa', 'US', { authentication: 'always', charge: 'generic_decline' }),
  '4000008400001280': card('visa', 'US', { charge: 'generic_decline', threeDSecure: 'error' }),
  '4000000000003055': card('visa', 'US', { threeDSecure: 'optional' }),
  '4000000000003097': card('visa', 'US', { threeDSecure: 'error' }),
  '4000582600000094': card('visa', 'GB', { authentication: 'always' }),
  '4000582600000045': card('visa', 'GB', { authentication: 'always' }),
  '4000582600000102': card('visa', 'GB', { authentication: 'always' }),
  '4000582600000110': card('visa', 'GB', { authentication: 'always' }),
};

/** https://docs.stripe.com/testing#disputes, #refunds and #available-balance */
const afterwards: Record<string, TestCard> = {
  '4000000000000259': card('visa', 'US', { dispute: 'fraudulent' }),
  '4000000000002685': card('visa', 'US', { dispute: 'product_not_received' }),
  '4000000000001976': card('visa', 'US', { dispute: 'inquiry' }),
  '4000000000007726': card('visa', 'US', { refund: 'pending' }),
  '4000000000005126': card('visa', 'US', { refund: 'fails' }),
  '4000000000000077': card('visa', 'US', { pending: 'bypassed' }),
  '4000003720000278': card('visa', 'IE', { pending: 'bypassed' }),
  '4000000000000093': card('visa', 'US'),
};

export const testCards: Record<string, TestCard> = {
  ...brands,
  ...countries,
  ...declined,
  ...authenticated,
  ...afterwards,
};
