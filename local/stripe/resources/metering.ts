import type { Definitions } from '../core/definition.ts';
import type { MeteringRows } from '../core/metering-rows.ts';
import { alertRoutes } from '../metering/alert-routes.ts';
import { alertDefinition, alertTriggeredDefinition } from '../metering/alerts.ts';
import { meterErrorReportDefinition } from '../metering/error-reports.ts';
import { meterEventRoutes } from '../metering/meter-event-routes.ts';
import { meterDefinition, meterRoutes } from '../metering/meters.ts';
import { summaryRoutes } from '../metering/summaries.ts';
import { meterEventDefinition } from '../metering/take-event.ts';

/** Meters, credit grants and taxes. */
export const meteringDefinitions: Pick<Definitions, keyof MeteringRows> = {
  'billing.alert': alertDefinition,
  'billing.alert_triggered': alertTriggeredDefinition,
  'billing.meter': meterDefinition,
  'billing.meter_event': meterEventDefinition,
  meter_error_report: meterErrorReportDefinition,
  'v2.billing.meter_event_session': {},
};

export const meteringRoutes = [...alertRoutes, ...meterEventRoutes, ...meterRoutes, ...summaryRoutes];
