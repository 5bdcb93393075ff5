import { feePercent } from '../billing/subscription-params.ts';
import { invalidRequest } from '../core/fault.ts';
import type { Params } from '../core/schema.ts';
import type { Tx } from '../core/tx.ts';
import type { creating } from './params.ts';

export type Given = Params<typeof creating>;

const minute = 60;
const day = 86_400;

function only(given: Given, mode: Given['mode'], names: (keyof Given)[]) {
  const wrong = names.find((name) => given[name] !== undefined);
  if (wrong !== undefined && given.mode !== mode)
    throw invalidRequest(`You can not pass \`${wrong}\` in \`${given.mode}\` mode.`, wrong);
}

function either(given: Given, a: keyof Given, b: keyof Given) {
  if (given[a] !== undefined && given[b] !== undefined)
    throw invalidRequest(`You may only specify one of these parameters: ${a}, ${b}.`, b);
}

function checkUrls(given: Given) {
  const { ui_mode = 'hosted_page', redirect_on_completion = 'always' } = given;
  if (ui_mode === 'hosted_page') {
    if (given.success_url === undefined)
      throw invalidRequest('Missing required param: success_url.', 'success_url', 'parameter_missing');
    for (const name of ['return_url', 'redirect_on_completion'] as const)
      if (given[name] !== undefined)
        throw invalidRequest(
          `\`${name}\` can only be used with \`ui_mode: embedded_page\` or \`ui_mode: elements\`.`,
          name,
        );
  } else {
    for (const name of ['success_url', 'cancel_url'] as const)
      if (given[name] !== undefined)
        throw invalidRequest(
          `\`${name}\` can not be used with \`ui_mode: ${ui_mode}\`. Use \`return_url\` instead.`,
          name,
        );
    if (given.return_url === undefined && redirect_on_completion !== 'never')
      throw invalidRequest('Missing required param: return_url.', 'return_url', 'parameter_missing');
    if (given.return_url !== undefined && redirect_on_completion === 'never')
      throw invalidRequest(
        'You may not specify `return_url` when `redirect_on_completion` is `never`.',
        'return_url',
      );
  }
  if (ui_mode === 'elements' && (given.custom_fields?.length ?? 0) > 0)
    throw invalidRequest('You can not set `custom_fields` if `ui_mode` is `elements`.', 'custom_fields');
  for (const name of ['success_url', 'cancel_url', 'return_url'] as const) {
    const url = given[name];
    if (url !== undefined && !/^https?:\/\//.test(url))
      throw invalidRequest('Not a valid URL', name, 'url_invalid');
  }
}

/** When a session expires (epoch seconds): 30 minutes to 24 hours from now. */
export function expiryOf(tx: Tx, at: number | undefined) {
  if (at === undefined) return tx.now + day;
  if (at < tx.now + 30 * minute)
    throw invalidRequest(
      'The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.',
      'expires_at',
    );
  if (at > tx.now + day)
    throw invalidRequest(
      'The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.',
      'expires_at',
    );
  return at;
}

function checkFields(fields: Given['custom_fields'] = []) {
  if (fields.length > 3) throw invalidRequest('You may only specify up to 3 custom fields.', 'custom_fields');
  fields.forEach((field, index) => {
    if (!/^[a-z0-9]{1,200}$/i.test(field.key))
      throw invalidRequest('The key of a custom field must be alphanumeric.', `custom_fields[${index}][key]`);
    if (field.type === 'dropdown' && !field.dropdown)
      throw invalidRequest(
        `Missing required param: custom_fields[${index}][dropdown].`,
        `custom_fields[${index}][dropdown]`,
        'parameter_missing',
      );
  });
  if (new Set(fields.map(({ key }) => key)).size < fields.length)
    throw invalidRequest('The keys of custom fields must be unique.', 'custom_fields');
}

/** What cannot be asked for together. Checkout/Sessions.d.ts, SessionCreateParams */
export function checkGiven(tx: Tx, given: Given) {
  only(given, 'payment', ['payment_intent_data', 'invoice_creation', 'submit_type']);
  only(given, 'subscription', ['subscription_data', 'payment_method_collection']);
  only(given, 'setup', ['setup_intent_data']);
  either(given, 'customer', 'customer_email');
  either(given, 'customer', 'customer_creation');
  either(given, 'allow_promotion_codes', 'discounts');
  if (given.mode === 'subscription' && given.customer_creation !== undefined)
    throw invalidRequest(
      '`customer_creation` can only be used in `payment` and `setup` mode.',
      'customer_creation',
    );
  if (given.customer_update && given.customer === undefined)
    throw invalidRequest('`customer_update` can only be used with `customer`.', 'customer_update');
  if (
    given.tax_id_collection?.enabled &&
    given.customer !== undefined &&
    given.customer_update?.name !== 'auto'
  )
    throw invalidRequest(
      'Tax ID collection requires updating business name on the customer. To enable tax ID collection for an existing customer, please set `customer_update[name]` to `auto`.',
      'tax_id_collection',
    );
  if ((given.discounts?.length ?? 0) > 1)
    throw invalidRequest('You may only specify one discount.', 'discounts');
  if (given.mode === 'setup') {
    for (const name of ['line_items', 'discounts', 'allow_promotion_codes', 'automatic_tax'] as const)
      if (given[name] !== undefined)
        throw invalidRequest(`You can not pass \`${name}\` in \`setup\` mode.`, name);
    if (given.currency === undefined && given.allowed_payment_method_types === undefined)
      throw invalidRequest(
        'In `setup` mode, `currency` is required when `allowed_payment_method_types` is not set.',
        'currency',
        'parameter_missing',
      );
  }
  if ((given.client_reference_id?.length ?? 0) > 200)
    throw invalidRequest('`client_reference_id` can have up to 200 characters.', 'client_reference_id');
  checkFields(given.custom_fields);
  checkUrls(given);
  const percent = given.subscription_data?.application_fee_percent;
  if (percent !== undefined) feePercent(tx, Number(percent));
}
