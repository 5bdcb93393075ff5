import type { CardNature } from '../core/rows.ts';

const soon = 5;
const delayed = 180;

export type BankNature = Pick<
  CardNature,
  'charge' | 'answersAfter' | 'dispute' | 'risk' | 'failsMicrodeposits'
>;

const fails = (code: string): BankNature => ({ charge: code, answersAfter: soon });
const good: BankNature = { charge: null, answersAfter: soon };

/** Account numbers (routing 110000000) by the name in their token. https://docs.stripe.com/payments/ach-direct-debit/accept-a-payment#test-account-numbers */
const usNames: Record<string, [number: string, nature: BankNature]> = {
  success: ['000123456789', good],
  accountClosed: ['000111111113', fails('account_closed')],
  riskLevelHighest: ['000000004954', { charge: 'generic_decline', answersAfter: soon, risk: 'highest' }],
  noAccount: ['000111111116', fails('no_account')],
  insufficientFunds: ['000222222227', fails('insufficient_funds')],
  debitNotAuthorized: ['000333333335', fails('debit_not_authorized')],
  invalidCurrency: ['000444444440', fails('invalid_currency')],
  failMicrodeposits: ['000666666661', { ...good, failsMicrodeposits: true }],
  dispute: ['000555555559', { ...good, dispute: 'fraudulent' }],
  processing: ['000000000009', { charge: null, answersAfter: null }],
  weeklyLimitExceeded: ['000777777771', fails('charge_exceeds_source_limit')],
};

export const usAccounts: Record<string, BankNature> = Object.fromEntries(Object.values(usNames));

/** The account number of `pm_usBankAccount_...`, or undefined. */
export function usAccountOfTestMethod(id: string): string | undefined {
  const name = id.startsWith('pm_usBankAccount_') ? id.slice('pm_usBankAccount_'.length) : '';
  return Object.hasOwn(usNames, name) ? usNames[name]?.[0] : undefined;
}

const ibanNatures: Record<string, BankNature> = {
  success: good,
  successDelayed: { charge: null, answersAfter: delayed },
  failed: fails('generic_could_not_process'),
  failedDelayed: { charge: 'generic_could_not_process', answersAfter: delayed },
  disputed: { ...good, dispute: 'fraudulent' },
  exceedsWeeklyVolumeLimit: fails('charge_exceeds_source_limit'),
  exceedsWeeklyTransactionLimit: fails('charge_exceeds_weekly_limit'),
  insufficientFunds: fails('insufficient_funds'),
};

/** In the order of `ibanNatures`. https://docs.stripe.com/payments/sepa-debit/accept-a-payment#test-integration */
const ibans = `
AT AT611904300234573201 AT321904300235473204 AT861904300235473202 AT051904300235473205 AT591904300235473203 AT981904300000343434
BE BE62510007547061 BE78510007547064 BE68539007547034 BE51510007547065 BE08510007547063 BE90510000343434 BE52510000121212 BE90510002222227
DE DE89370400440532013000 DE08370400440532013003 DE62370400440532013001 DE78370400440532013004 DE35370400440532013002 DE65370400440000343434 DE27370400440000121212 DE65370400440002222227
ES ES0700120345030000067890 ES2300120345030000067893 ES9121000418450200051332 ES9300120345030000067894 ES5000120345030000067892 ES1700120345000000343434 ES7600120345000000121212 ES1700120345000002222227
FR FR1420041010050500013M02606 FR3020041010050500013M02609 FR8420041010050500013M02607 FR7920041010050500013M02600 FR5720041010050500013M02608 FR9720041010050000000343434 FR5920041010050000000121212 FR9720041010050000002222227
IE IE29AIBK93115212345678 IE24AIBK93115212345671 IE02AIBK93115212345679 IE94AIBK93115212345672 IE51AIBK93115212345670 IE10AIBK93115200343434 IE69AIBK93115200121212 IE10AIBK93115202222227
LT LT121000011101001000 LT281000011101001003 LT821000011101001001 LT981000011101001004 LT551000011101001002 LT591000000000343434 LT211000000000121212 LT591000000002222227
LU LU280019400644750000 LU440019400644750003 LU980019400644750001 LU170019400644750004 LU710019400644750002 LU900010000000343434 LU520010000000121212 LU900010000002222227
NL NL39RABO0300065264 NL55RABO0300065267 NL91ABNA0417164300 NL28RABO0300065268 NL82RABO0300065266 NL27RABO0000343434 NL86RABO0000121212
`
  .trim()
  .split('\n')
  .map((line) => line.split(' '));

const natureNames = Object.keys(ibanNatures);

export const ibanAccounts: Record<string, BankNature> = Object.fromEntries(
  ibans.flatMap(([, ...numbers]) =>
    numbers.map((number, index) => [number, ibanNatures[natureNames[index] ?? ''] ?? good]),
  ),
);

/** The IBAN of `pm_success_de`, `pm_failed_fr` and the like, or undefined. */
export function ibanOfTestMethod(id: string): string | undefined {
  const [, name = '', country = ''] = /^pm_([A-Za-z]+)_([a-z]{2})$/.exec(id) ?? [];
  const index = natureNames.indexOf(name);
  return index < 0 ? undefined : ibans.find(([code]) => code?.toLowerCase() === country)?.[index + 1];
}
