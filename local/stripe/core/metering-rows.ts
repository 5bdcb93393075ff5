import type Stripe from 'stripe';

type With<T, H> = T & { _: H };

export type MeterRow = With<Stripe.Billing.Meter, object>;
/** `value` is a decimal text. */
export type MeterEventRow = With<
  Stripe.Billing.MeterEvent & { id: string },
  { meter: string | null; customer: string | null; value: string; canceled: boolean }
>;
export type MeterErrorCode =
  | 'archived_meter'
  | 'meter_event_customer_not_found'
  | 'meter_event_invalid_value'
  | 'meter_event_no_customer_defined'
  | 'meter_event_value_too_many_digits'
  | 'no_meter'
  | 'timestamp_in_future'
  | 'timestamp_too_far_in_past';
/** Errors of events that had been answered already; told as thin events once its window is over. */
export type MeterErrorReportRow = With<
  {
    id: string;
    object: 'meter_error_report';
    created: number;
    livemode: boolean;
    /** Null when no meter was found. */
    meter: string | null;
    validation_start: number;
    validation_end: number | null;
    errors: {
      code: MeterErrorCode;
      error_count: number;
      sample_errors: { error_message: string; request: { identifier: string } }[];
    }[];
  },
  object
>;
export type MeterEventSessionRow = With<Stripe.V2.Billing.MeterEventSession, object>;
export type AlertRow = With<Stripe.Billing.Alert, { since: number; told: string[] }>;
export type AlertTriggeredRow = With<
  Omit<Stripe.Billing.AlertTriggered, 'alert'> & { id: string; alert: AlertRow },
  object
>;

/** `id` is not shown: there is one for each account and mode. */
export type TaxSettingsRow = With<Stripe.Tax.Settings & { id: string }, object>;
export type TaxRegistrationRow = With<
  Omit<Stripe.Tax.Registration, 'country_options'> & { country_options: object },
  {
    options: {
      type: string;
      state?: string;
      standard?: { place_of_supply_scheme?: string };
      province_standard?: { province: string };
    };
  }
>;
export type TaxRateRow = With<Stripe.TaxRate, { automatic: string | null }>;
export type TaxIdRow = With<
  Omit<Stripe.TaxId, 'deleted'>,
  {
    customer: string;
    /** When the authority answers, epoch seconds. */
    verifiesAt: number | null;
  }
>;

/** `balance` in minor units of the grant's currency. */
export type CreditGrantRow = With<Stripe.Billing.CreditGrant, { balance: number; expired: boolean }>;
export type CreditTransactionRow = With<
  Stripe.Billing.CreditBalanceTransaction,
  { customer: string; invoice: string | null }
>;

export type TaxCalculationRow = With<
  Omit<Stripe.Tax.Calculation, 'id' | 'line_items'> & { id: string },
  { lines: object[] }
>;

/** What meters and taxes are kept as. */
export interface MeteringRows {
  'billing.alert': AlertRow;
  'billing.alert_triggered': AlertTriggeredRow;
  'billing.credit_balance_transaction': CreditTransactionRow;
  'billing.credit_grant': CreditGrantRow;
  'billing.meter': MeterRow;
  'billing.meter_event': MeterEventRow;
  meter_error_report: MeterErrorReportRow;
  tax_id: TaxIdRow;
  tax_rate: TaxRateRow;
  'tax.calculation': TaxCalculationRow;
  'tax.registration': TaxRegistrationRow;
  'tax.settings': TaxSettingsRow;
  'v2.billing.meter_event_session': MeterEventSessionRow;
}
