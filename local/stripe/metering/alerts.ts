import type { Definition } from '../core/definition.ts';
import { newId } from '../core/ids.ts';
import type { AlertRow, MeterRow } from '../core/metering-rows.ts';
import { idOf } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { shown } from '../core/unit-of-work.ts';
import { aggregate, eventsOf } from './usage.ts';

export const alertDefinition: Definition<'billing.alert'> = {
  refs: (row) => ({ meter: idOf(row.usage_threshold?.meter) }),
};

export const alertTriggeredDefinition: Definition<'billing.alert_triggered'> = {
  events: (before) => (before ? [] : ['billing.alert.triggered']),
  // It has no id of its own: events/types, billing.alert.triggered
  shown: ({ id: _id, ...rest }) => rest,
};

function watches({ usage_threshold: threshold }: AlertRow, customer: string) {
  const filters = threshold?.filters ?? [];
  return filters.length === 0 || filters.some((filter) => idOf(filter.customer) === customer);
}

/** Tells of the alerts a customer's usage reached, each once a customer. https://docs.stripe.com/billing/subscriptions/usage-based/monitor */
export function checkAlerts(tx: Tx, meter: MeterRow, customer: string) {
  for (const alert of tx.each('billing.alert', { field: 'meter', value: meter.id })) {
    const { usage_threshold: threshold, _ } = alert;
    if (alert.status !== 'active' || !threshold || _.told.includes(customer) || !watches(alert, customer))
      continue;
    const events = eventsOf(tx, meter.id, customer, _.since, Number.MAX_SAFE_INTEGER);
    const value = Number(aggregate(meter, events));
    if (value < threshold.gte) continue;
    _.told.push(customer);
    tx.put('billing.alert_triggered', {
      id: newId('alrt'),
      object: 'billing.alert_triggered',
      alert: shown(alert) as unknown as AlertRow,
      created: tx.now,
      customer,
      livemode: tx.livemode,
      value,
      _: {},
    });
  }
}
