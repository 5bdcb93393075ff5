import { Agenda } from './agenda.ts';
import { AsyncInvocations } from './async-invocations.ts';
import type { Clock } from './clock.ts';
import type { Declared } from './declared.ts';
import { Events } from './events.ts';
import type { Lambda } from './lambda/lambda.ts';
import type { Queues } from './queues.ts';
import { Recurring } from './recurring.ts';
import { ScheduleDelivery } from './schedule-delivery.ts';
import { Scheduler } from './scheduler.ts';
import type { Store } from './store.ts';

type Parts = { declared: Declared; store: Store; clock: Clock; queues: Queues; lambda: Lambda };
type Timed = { events: Events; scheduler: Scheduler; agenda: Agenda; stop: () => void };

/** Events, schedules and the agenda that runs them; nothing happens before `agenda.start()`. */
export function timedOf({ declared, store, clock, queues, lambda }: Parts): Timed {
  const { permissions } = declared;
  const invocations = new AsyncInvocations(store, clock, (name, event) => lambda.invoke(name, event));
  const events = new Events({ queues, store, clock, invocations, permissions });
  for (const bus of declared.buses) events.addBus(bus);
  for (const rule of declared.rules) events.addRule(rule);

  const scheduler = new Scheduler({ store, clock, delivery: new ScheduleDelivery(queues, declared) });
  for (const name of declared.scheduleGroups) scheduler.addGroup(name);
  const repeated = declared.schedules.map((schedule) => scheduler.occasion(schedule));
  const recurring = new Recurring(store, clock, [...events.occasions(), ...repeated]);

  const agenda = new Agenda(clock, [scheduler, recurring, invocations]);
  scheduler.changed = () => agenda.changed();
  invocations.changed = () => agenda.changed();
  const stop = () => {
    agenda.stop();
    invocations.stop();
  };
  return { events, scheduler, agenda, stop };
}
