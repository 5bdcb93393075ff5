import type { Definition } from '../core/definition.ts';
import { invalidRequest } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import type { PortalConfigurationRow } from '../core/page-rows.ts';
import { boolean, type Params } from '../core/schema.ts';
import { mergeMetadata, type Tx } from '../core/tx.ts';
import { unchanged } from '../core/unit-of-work.ts';
import { creating, defaults, features } from './features.ts';

export const updating = { ...creating, active: boolean, features };
type Given = Partial<Params<typeof creating>> & { active?: boolean };

export const portalConfigurationDefinition: Definition<'billing_portal.configuration'> = {
  events(before, after) {
    if (!after) return [];
    if (!before) return ['billing_portal.configuration.created'];
    return unchanged(before, after) ? [] : ['billing_portal.configuration.updated'];
  },
};

/** Keys given replace; null is an empty list where a list was. */
function merged<T>(old: T, given: object | undefined): T {
  const entries = Object.entries(given ?? {}).filter(([, value]) => value !== undefined);
  const next: Record<string, unknown> = { ...(old as object) };
  for (const [key, value] of entries) {
    const was = next[key];
    if (value === null && Array.isArray(was)) next[key] = [];
    else if (typeof value === 'object' && value !== null && !Array.isArray(value))
      next[key] = merged(was, value);
    else next[key] = value;
  }
  return next as T;
}

function productOf(tx: Tx, given: unknown, index: number) {
  const {
    product,
    prices,
    adjustable_quantity: range,
  } = given as {
    product: string;
    prices: string[];
    adjustable_quantity?: { enabled: boolean; maximum?: number | null; minimum?: number };
  };
  const at = `features[subscription_update][products][${index}]`;
  tx.need('product', product, `${at}[product]`);
  for (const id of prices) {
    const price = tx.need('price', id, `${at}[prices]`);
    if (price.product !== product)
      throw invalidRequest(
        `The price \`${id}\` does not belong to the product \`${product}\`.`,
        `${at}[prices]`,
      );
    if (!price.recurring) throw invalidRequest(`The price \`${id}\` is not recurring.`, `${at}[prices]`);
  }
  return {
    adjustable_quantity: {
      enabled: range?.enabled ?? false,
      maximum: range?.maximum ?? null,
      minimum: range?.minimum ?? 1,
    },
    prices,
    product,
  };
}

/** Writes what was given on a configuration. Throws 400 for what does not go together. */
export function writeConfiguration(tx: Tx, row: PortalConfigurationRow, given: Given) {
  const { active, metadata: change, business_profile, features: wanted, login_page, ...plain } = given;
  row.features = merged(row.features, wanted);
  const { subscription_update: update, customer_update } = row.features;
  if (wanted?.subscription_update?.products)
    update.products = (update.products ?? []).map((one, index) => productOf(tx, one, index));
  if (update.enabled && (!update.products?.length || update.default_allowed_updates.length === 0))
    throw invalidRequest(
      'You must set `default_allowed_updates` and `products` when `subscription_update` is enabled.',
      'features[subscription_update][products]',
    );
  if (customer_update.enabled && customer_update.allowed_updates.length === 0)
    throw invalidRequest(
      'You must set `allowed_updates` when `customer_update` is enabled.',
      'features[customer_update][allowed_updates]',
    );
  row.business_profile = merged(row.business_profile, business_profile);
  Object.assign(row, Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined)));
  if (login_page)
    row.login_page = {
      enabled: login_page.enabled,
      url: login_page.enabled ? `${tx.actor.base}/p/login/${row.id}` : null,
    };
  if (active === false && row.is_default)
    throw invalidRequest('The default configuration cannot be deactivated.', 'active');
  if (active !== undefined) row.active = active;
  row.metadata = mergeMetadata(row.metadata, change);
  row.updated = tx.now;
}

export function newConfiguration(tx: Tx, given: Given): PortalConfigurationRow {
  const row: PortalConfigurationRow = {
    id: newId('bpc'),
    object: 'billing_portal.configuration',
    active: true,
    application: tx.actor.application,
    business_profile: { headline: null, privacy_policy_url: null, terms_of_service_url: null },
    created: tx.now,
    default_return_url: null,
    features: structuredClone(defaults),
    is_default: false,
    livemode: tx.livemode,
    login_page: { enabled: false, url: null },
    metadata: {},
    name: null,
    updated: tx.now,
    _: {},
  };
  writeConfiguration(tx, row, given);
  return tx.put('billing_portal.configuration', row);
}
