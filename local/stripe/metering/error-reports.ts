import type { Definition } from '../core/definition.ts';
import { newId } from '../core/ids.ts';
import type { MeterErrorCode, MeterErrorReportRow } from '../core/metering-rows.ts';
import type { Tx } from '../core/tx.ts';

/** How long errors are gathered before they are reported; Stripe does not say. */
const windowSeconds = 60;
const mostSamples = 10;

/** Keeps what was wrong with an event that had already been answered. */
export function reportError(
  tx: Tx,
  meter: string | null,
  { code, message, identifier }: { code: MeterErrorCode; message: string; identifier: string },
) {
  const open = [...tx.each('meter_error_report', { field: 'open', value: meter ?? 'none' })][0];
  const report: MeterErrorReportRow =
    open ??
    tx.put('meter_error_report', {
      id: newId('mer'),
      object: 'meter_error_report',
      created: tx.now,
      livemode: tx.livemode,
      meter,
      validation_start: tx.now,
      validation_end: null,
      errors: [],
      _: {},
    });
  let type = report.errors.find((entry) => entry.code === code);
  if (!type) {
    type = { code, error_count: 0, sample_errors: [] };
    report.errors.push(type);
  }
  type.error_count += 1;
  if (type.sample_errors.length < mostSamples)
    type.sample_errors.push({ error_message: message, request: { identifier } });
}

/** The `data` of the thin event, as in V2/Core/Events.d.ts. */
function reportData({ errors, validation_start, validation_end }: MeterErrorReportRow) {
  const count = errors.reduce((sum, { error_count }) => sum + error_count, 0);
  return {
    developer_message_summary: `There ${count === 1 ? 'is 1 invalid event' : `are ${count} invalid events`}`,
    reason: { error_count: count, error_types: errors },
    validation_end: new Date((validation_end ?? validation_start) * 1000).toISOString(),
    validation_start: new Date(validation_start * 1000).toISOString(),
  };
}

/** Thin event type of a closed report. https://docs.stripe.com/billing/subscriptions/usage-based/recording-usage-api */
function reportType({ meter }: MeterErrorReportRow) {
  return meter === null ? 'v1.billing.meter.no_meter_found' : 'v1.billing.meter.error_report_triggered';
}

export const meterErrorReportDefinition: Definition<'meter_error_report'> = {
  refs: (row) => ({ open: row.validation_end === null ? (row.meter ?? 'none') : null }),
  due: (row) => (row.validation_end === null ? row.validation_start + windowSeconds : null),
  run(tx, row) {
    row.validation_end = tx.now;
  },
  events: (before, after) =>
    after && after.validation_end !== null && before?.validation_end === null ? [reportType(after)] : [],
  shown: (row) => ({
    ...(row.meter !== null && { id: row.meter, object: 'billing.meter' }),
    data: reportData(row),
  }),
};
