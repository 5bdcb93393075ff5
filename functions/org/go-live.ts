import { Refusal } from '../../shared/contract/errors.ts';
import { goLive } from '../../shared/contract/org.ts';
import { goLiveProblems } from '../../shared/domain/setup.ts';
import { settingsOf } from '../../shared/domain/widget-config.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { Conflict, untilCommitted } from '../../shared/runtime/retry.ts';
import { keys } from '../../shared/store/keys.ts';
import { gate, liveTable } from '../../shared/store/live.ts';
import { loadProgress } from '../../shared/store/progress.ts';
import { put, putVersion } from '../../shared/store/table.ts';
import { publishConfig } from '../../shared/stripe/publish-config.ts';

export const handler = endpoint(
  goLive,
  ({ caller, params: { orgId, widgetId }, remember }) =>
    untilCommitted(async () => {
      const table = liveTable();
      const { widget } = await table.read({ widget: keys.widget(widgetId) });
      if (widget?.orgId !== orgId) throw new Refusal('not_found', 'There is no such widget.');
      const answer = { mode: 'live' as const };
      if (widget.mode === 'live') return answer;
      const progress = await loadProgress(table, orgId, widgetId);
      const errors = goLiveProblems(progress);
      if (errors.length > 0)
        throw new Refusal('state_conflict', `Live selling has to wait: ${errors[0]?.message}`, { errors });

      const { live, test } = progress.configs;
      const account = progress.connections.live?.stripeAccount;
      const settings = live ?? test;
      if (settings && live?.stripeConnectId !== account) {
        const place = { orgId, widgetId, mode: 'live' as const, by: caller.sub };
        await publishConfig(table, systemClock, place, settingsOf(settings));
      }
      const now = systemClock.now();
      const at = now.toISOString();
      const audit = { action: 'widget.live', orgId, at, subject: widgetId, by: caller.sub };
      const { done } = await table.commit([
        putVersion('widget', keys.widget(widgetId), { ...widget, mode: 'live' }),
        put('audit', keys.audit('live', orgId, now, `live-${widgetId}`), audit),
        ...remember(answer),
      ]);
      if (!done) throw new Conflict();
      return answer;
    }),
  { gate },
);
