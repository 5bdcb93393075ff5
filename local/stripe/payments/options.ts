import { accepted, emptyable, hash, list, oneOf, string } from '../core/schema.ts';

const three = oneOf('any', 'automatic', 'challenge');
const future = emptyable(oneOf('none', 'off_session', 'on_session'));

/** `payment_method_options` of payment and setup intents, as far as they change what happens. */
export const methodOptions = hash({
  card: hash({
    capture_method: emptyable(oneOf('manual')),
    network: string,
    request_three_d_secure: three,
    setup_future_usage: future,
    // What only other countries, networks or agreements know is taken as it comes.
    installments: accepted,
    mandate_options: accepted,
    moto: accepted,
    request_extended_authorization: accepted,
    request_incremental_authorization: accepted,
    request_multicapture: accepted,
    request_overcapture: accepted,
    require_cvc_recollection: accepted,
  }),
  customer_balance: hash({
    funding_type: oneOf('bank_transfer'),
    bank_transfer: hash({
      type: oneOf('eu_bank_transfer', 'gb_bank_transfer', 'us_bank_transfer'),
      eu_bank_transfer: hash({ country: string }),
      requested_address_types: list(string),
    }),
    setup_future_usage: oneOf('none'),
  }),
  link: accepted,
  sepa_debit: hash({ mandate_options: accepted, setup_future_usage: future, target_date: accepted }),
  us_bank_account: hash({
    financial_connections: accepted,
    mandate_options: accepted,
    preferred_settlement_speed: accepted,
    setup_future_usage: future,
    target_date: accepted,
    verification_method: oneOf('automatic', 'instant', 'microdeposits', 'skip'),
  }),
});

export type MethodOptions = ReturnType<typeof methodOptions.parse>;
