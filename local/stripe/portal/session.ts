import { invalidRequest } from '../core/fault.ts';
import { newId, token } from '../core/ids.ts';
import type { PortalConfigurationRow, PortalSessionRow } from '../core/page-rows.ts';
import { idOf } from '../core/rows.ts';
import { accepted, hash, integer, list, oneOf, type Params, required, string } from '../core/schema.ts';
import type { Tx } from '../core/tx.ts';

const subscription = required(string);
/** What creating a session accepts. BillingPortal/Sessions.d.ts */
export const creating = {
  configuration: string,
  customer: required(string),
  flow_data: hash({
    type: required(
      oneOf(
        'customer_update',
        'payment_method_update',
        'subscription_cancel',
        'subscription_pause',
        'subscription_update',
        'subscription_update_confirm',
      ),
    ),
    after_completion: hash({
      type: required(oneOf('hosted_confirmation', 'portal_homepage', 'redirect')),
      hosted_confirmation: hash({ custom_message: string }),
      redirect: hash({ return_url: required(string) }),
    }),
    subscription_cancel: hash({ subscription }),
    subscription_pause: hash({ subscription }),
    subscription_update: hash({ subscription }),
    subscription_update_confirm: hash({
      subscription,
      discounts: list(hash({ coupon: string, promotion_code: string })),
      items: required(list(hash({ id: required(string), price: string, quantity: integer }))),
    }),
  }),
  locale: string,
  on_behalf_of: accepted,
  return_url: string,
};
type Given = Params<typeof creating>;
type Flow = NonNullable<PortalSessionRow['flow']>;

/** A link is good for this long, in seconds, until it is first used and after. */
const linkSeconds = 3600;

/** What each flow needs to be enabled. */
const needed: Record<string, keyof PortalConfigurationRow['features']> = {
  customer_update: 'customer_update',
  payment_method_update: 'payment_method_update',
  subscription_cancel: 'subscription_cancel',
  subscription_pause: 'subscription_pause',
  subscription_update: 'subscription_update',
  subscription_update_confirm: 'subscription_update',
};

function flowOf(tx: Tx, given: Given, configuration: PortalConfigurationRow): Flow | null {
  const { flow_data: flow, customer } = given;
  if (!flow) return null;
  const feature = needed[flow.type];
  if (feature && !configuration.features[feature].enabled)
    throw invalidRequest(
      `This flow is not enabled in the portal configuration ${configuration.id}: set \`features[${feature}][enabled]\` to true.`,
      'flow_data[type]',
    );
  const { type, after_completion: after } = flow;
  const own = (
    name:
      | 'subscription_cancel'
      | 'subscription_pause'
      | 'subscription_update'
      | 'subscription_update_confirm',
  ) => {
    if (type !== name) return null;
    const data = flow[name];
    const at = `flow_data[${name}]`;
    if (!data) throw invalidRequest(`Missing required param: ${at}.`, at, 'parameter_missing');
    const row = tx.need('subscription', data.subscription, `${at}[subscription]`);
    if (idOf(row.customer) !== customer)
      throw invalidRequest(
        `The subscription ${row.id} does not belong to the customer ${customer}.`,
        `${at}[subscription]`,
      );
    if (row.ended_at !== null)
      throw invalidRequest(
        `The subscription ${row.id} has ended and cannot be changed.`,
        `${at}[subscription]`,
      );
    if (name === 'subscription_cancel' && row.cancel_at !== null)
      throw invalidRequest(
        `The subscription ${row.id} is already set to be canceled.`,
        `${at}[subscription]`,
      );
    return data.subscription;
  };
  const cancel = own('subscription_cancel');
  const pause = own('subscription_pause');
  const update = own('subscription_update');
  const confirm = own('subscription_update_confirm');
  return {
    type,
    after_completion: {
      type: after?.type ?? 'portal_homepage',
      hosted_confirmation:
        after?.type === 'hosted_confirmation'
          ? { custom_message: after.hosted_confirmation?.custom_message ?? null }
          : null,
      redirect: after?.type === 'redirect' ? (after.redirect ?? { return_url: '' }) : null,
    },
    customer_update: type === 'customer_update' ? {} : null,
    subscription_cancel: cancel === null ? null : { subscription: cancel, retention: null },
    subscription_pause: pause === null ? null : { subscription: pause },
    subscription_update: update === null ? null : { subscription: update },
    subscription_update_confirm:
      confirm === null
        ? null
        : {
            subscription: confirm,
            discounts: (flow.subscription_update_confirm?.discounts ?? []).map(
              ({ coupon, promotion_code }) => ({
                coupon: coupon ?? null,
                promotion_code: promotion_code ?? null,
              }),
            ),
            items: (flow.subscription_update_confirm?.items ?? []).map(({ id, price, quantity }) => ({
              id,
              price: price ?? null,
              ...(quantity !== undefined && { quantity }),
            })),
          },
  };
}

/** The default configuration is made in the Dashboard, which is not emulated. */
function noDefault(tx: Tx) {
  const mode = tx.livemode ? 'live' : 'test';
  return invalidRequest(
    `No configuration provided and your ${mode} mode default configuration has not been created. Provide a configuration or create your default by saving your customer portal settings in ${mode} mode at https://dashboard.stripe.com/${tx.livemode ? '' : 'test/'}settings/billing/portal.`,
  );
}

export function createPortalSession(tx: Tx, given: Given): PortalSessionRow {
  tx.need('customer', given.customer, 'customer');
  if (given.configuration === undefined) throw noDefault(tx);
  const configuration = tx.need('billing_portal.configuration', given.configuration, 'configuration');
  if (!configuration.active)
    throw invalidRequest(`The configuration ${configuration.id} is inactive.`, 'configuration');
  const secret = `${tx.livemode ? 'live' : 'test'}_${token(40)}`;
  const id = newId('bps');
  return tx.put('billing_portal.session', {
    id,
    object: 'billing_portal.session',
    configuration: configuration.id,
    created: tx.now,
    customer: given.customer,
    customer_account: null,
    flow: flowOf(tx, given, configuration),
    livemode: tx.livemode,
    locale: given.locale ?? null,
    on_behalf_of: null,
    return_url: given.return_url ?? configuration.default_return_url,
    url: `${tx.actor.base}/p/session/${id}?secret=${secret}`,
    _: { secret, expires: tx.now + linkSeconds, application: tx.actor.application, done: false },
  });
}
