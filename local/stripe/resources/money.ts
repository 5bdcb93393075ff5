import type { Definitions } from '../core/definition.ts';
import type { MoneyRows } from '../core/money-rows.ts';
import { balanceDefinition, balanceTransactionDefinition } from '../money/balance.ts';
import { capabilityDefinition } from './accounts.ts';
import { applicationFeeDefinition, applicationFeeRoutes, feeRefundDefinition } from './application-fees.ts';
import { balanceRoutes } from './balance.ts';
import { balanceSettingsRoutes } from './balance-settings.ts';
import { disputeDefinition, disputeRoutes } from './disputes.ts';
import { payoutDefinition, payoutRoutes } from './payouts.ts';
import { refundDefinition, refundRoutes, refundVirtuals } from './refunds.ts';
import { transferDefinition, transferReversalDefinition, transferRoutes } from './transfers.ts';

/** What moves money: balances, fees, refunds, disputes, payouts and transfers. */
export const moneyDefinitions: Pick<Definitions, keyof MoneyRows> = {
  account_link: {},
  application_fee: applicationFeeDefinition,
  balance: balanceDefinition,
  balance_transaction: balanceTransactionDefinition,
  bank_account: { refs: (row) => ({ currency: row.currency }) },
  capability: capabilityDefinition,
  dispute: disputeDefinition,
  fee_refund: feeRefundDefinition,
  payout: payoutDefinition,
  refund: refundDefinition,
  transfer: transferDefinition,
  transfer_reversal: transferReversalDefinition,
};

export const moneyRoutes = [
  ...applicationFeeRoutes,
  ...balanceRoutes,
  ...balanceSettingsRoutes,
  ...disputeRoutes,
  ...payoutRoutes,
  ...refundRoutes,
  ...transferRoutes,
];

export const moneyVirtuals = refundVirtuals;
