import type { Definitions } from '../core/definition.ts';
import type { MeteringRows } from '../core/metering-rows.ts';
import type { Tx } from '../core/tx.ts';
import { shown } from '../core/unit-of-work.ts';
import { alertRoutes } from '../metering/alert-routes.ts';
import { alertDefinition, alertTriggeredDefinition } from '../metering/alerts.ts';
import { creditBalanceRoutes } from '../metering/credit-balance.ts';
import { creditGrantDefinition, creditTransactionDefinition } from '../metering/credit-grants.ts';
import { creditGrantRoutes } from '../metering/credit-routes.ts';
import { meterErrorReportDefinition } from '../metering/error-reports.ts';
import { meterEventRoutes } from '../metering/meter-event-routes.ts';
import { meterDefinition, meterRoutes } from '../metering/meters.ts';
import { summaryRoutes } from '../metering/summaries.ts';
import { meterEventDefinition } from '../metering/take-event.ts';

import { taxRateDefinition } from '../tax/auto-rates.ts';
import { taxCalculationRoutes } from '../tax/calculations.ts';
import { shownCustomerTax } from '../tax/place.ts';
import { taxRegistrationDefinition, taxRegistrationRoutes } from '../tax/registrations.ts';
import { taxSettingsDefinition, taxSettingsRoutes } from '../tax/settings.ts';
import { taxCodeRoutes } from '../tax/tax-codes.ts';
import { taxIdDefinition, taxIdRoutes, taxIdsOf } from '../tax/tax-ids.ts';
import { taxRateRoutes } from '../tax/tax-rates.ts';

/** Meters, credit grants and taxes. */
export const meteringDefinitions: Pick<Definitions, keyof MeteringRows> = {
  'billing.alert': alertDefinition,
  'billing.alert_triggered': alertTriggeredDefinition,
  'billing.credit_balance_transaction': creditTransactionDefinition,
  'billing.credit_grant': creditGrantDefinition,
  'billing.meter': meterDefinition,
  'billing.meter_event': meterEventDefinition,
  meter_error_report: meterErrorReportDefinition,
  tax_id: taxIdDefinition,
  tax_rate: taxRateDefinition,
  'tax.calculation': {},
  'tax.registration': taxRegistrationDefinition,
  'tax.settings': taxSettingsDefinition,
  'v2.billing.meter_event_session': {},
};

export const meteringRoutes = [
  ...alertRoutes,
  ...creditBalanceRoutes,
  ...creditGrantRoutes,
  ...meterEventRoutes,
  ...meterRoutes,
  ...summaryRoutes,
  ...taxCalculationRoutes,
  ...taxCodeRoutes,
  ...taxIdRoutes,
  ...taxRateRoutes,
  ...taxRegistrationRoutes,
  ...taxSettingsRoutes,
];

/** Of a customer only when expanded. https://docs.stripe.com/api/customers/object */
export const customerTaxVirtuals = {
  tax: (tx: Tx, id: string) => {
    const customer = tx.get('customer', id);
    return customer && shownCustomerTax(tx, customer);
  },
  tax_ids: (tx: Tx, id: string) => ({
    object: 'list',
    data: taxIdsOf(tx, id).map(shown),
    has_more: false,
    url: `/v1/customers/${id}/tax_ids`,
  }),
};
