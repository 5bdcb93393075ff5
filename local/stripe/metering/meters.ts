import type { Definition } from '../core/definition.ts';
import { invalidRequest } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import { route } from '../core/routes.ts';
import { hash, oneOf, paging, required, string } from '../core/schema.ts';
import { unchanged } from '../core/unit-of-work.ts';

export const meterDefinition: Definition<'billing.meter'> = {
  events(before, after) {
    if (!after) return [];
    if (!before) return ['billing.meter.created'];
    if (unchanged(before, after)) return [];
    if (before.status === after.status) return ['billing.meter.updated'];
    return [after.status === 'active' ? 'billing.meter.reactivated' : 'billing.meter.deactivated'];
  },
  refs: (row) => ({ event_name: row.event_name }),
};

const payloadKey = required(string);

/** https://docs.stripe.com/api/billing/meter */
export const meterRoutes = [
  route(
    'POST',
    '/v1/billing/meters',
    {
      customer_mapping: hash({ event_payload_key: payloadKey, type: required(oneOf('by_id')) }),
      default_aggregation: required(hash({ formula: required(oneOf('count', 'last', 'sum')) })),
      display_name: required(string),
      event_name: required(string),
      event_time_window: oneOf('day', 'hour'),
      value_settings: hash({ event_payload_key: payloadKey }),
    },
    ({ tx, params }) => {
      const { display_name, event_name } = params;
      if (display_name.length > 250)
        throw invalidRequest('Invalid string: must be at most 250 characters', 'display_name');
      if (event_name.length > 100)
        throw invalidRequest('Invalid string: must be at most 100 characters', 'event_name');
      for (const { id, status } of tx.each('billing.meter', { field: 'event_name', value: event_name }))
        if (status === 'active')
          throw invalidRequest(
            `An active meter (\`${id}\`) with the event name "${event_name}" already exists.`,
            'event_name',
          );
      return tx.put('billing.meter', {
        id: newId('mtr'),
        object: 'billing.meter',
        created: tx.now,
        customer_mapping: params.customer_mapping ?? {
          event_payload_key: 'stripe_customer_id',
          type: 'by_id',
        },
        default_aggregation: params.default_aggregation,
        display_name,
        event_name,
        event_time_window: params.event_time_window ?? null,
        livemode: tx.livemode,
        status: 'active',
        status_transitions: { deactivated_at: null },
        updated: tx.now,
        value_settings: params.value_settings ?? { event_payload_key: 'value' },
        _: {},
      });
    },
  ),
  route('GET', '/v1/billing/meters', { ...paging, status: oneOf('active', 'inactive') }, ({ tx, params }) =>
    tx.page('billing.meter', '/v1/billing/meters', params, {
      where: ({ status }) => params.status === undefined || status === params.status,
    }),
  ),
  route('GET', '/v1/billing/meters/:id', {}, ({ tx, id }) => tx.need('billing.meter', id)),
  route('POST', '/v1/billing/meters/:id', { display_name: string }, ({ tx, id, params }) => {
    const row = tx.need('billing.meter', id);
    return Object.assign(row, { display_name: params.display_name ?? row.display_name, updated: tx.now });
  }),
  route('POST', '/v1/billing/meters/:id/deactivate', {}, ({ tx, id }) => {
    const row = tx.need('billing.meter', id);
    if (row.status !== 'active') throw invalidRequest('This meter is already inactive.', 'id');
    return Object.assign(row, {
      status: 'inactive',
      status_transitions: { deactivated_at: tx.now },
      updated: tx.now,
    });
  }),
  route('POST', '/v1/billing/meters/:id/reactivate', {}, ({ tx, id }) => {
    const row = tx.need('billing.meter', id);
    if (row.status === 'active') throw invalidRequest('This meter is already active.', 'id');
    for (const other of tx.each('billing.meter', { field: 'event_name', value: row.event_name }))
      if (other.status === 'active')
        throw invalidRequest(
          `An active meter (\`${other.id}\`) with the event name "${row.event_name}" already exists.`,
          'id',
        );
    return Object.assign(row, {
      status: 'active',
      status_transitions: { deactivated_at: null },
      updated: tx.now,
    });
  }),
];
