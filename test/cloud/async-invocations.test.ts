import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Agenda } from '../../local/cloud/agenda.ts';
import { AsyncInvocations } from '../../local/cloud/async-invocations.ts';
import { Clock } from '../../local/cloud/clock.ts';
import type { Outcome } from '../../local/cloud/lambda/environment.ts';
import { Store } from '../../local/cloud/store.ts';
import { temporary } from './with-cloud.ts';

type Invoke = (name: string, event: string) => Promise<Outcome>;

function start(store: Store, invoke: Invoke) {
  const clock = new Clock(store);
  const invocations = new AsyncInvocations(store, clock, invoke);
  const agenda = new Agenda(clock, [invocations]);
  invocations.changed = () => agenda.changed();
  agenda.start();
  const stop = () => {
    agenda.stop();
    invocations.stop();
  };
  return { invocations, agenda, stop };
}

test('an event that was with a function when the cloud stopped is given to it again, and once it worked no more', async () => {
  const directory = temporary();
  const store = new Store(directory);
  const first = await new Promise<string>((resolve) => {
    const { invocations, stop } = start(store, async (name, event) => {
      setImmediate(() => {
        stop();
        resolve(`${name} ${event}`);
      });
      return new Promise<Outcome>(() => undefined);
    });
    invocations.enqueue('worker', '{"n":1}');
  });
  expect(first).toBe('worker {"n":1}');

  const events: string[] = [];
  const second = start(store, async (_name, event) => {
    events.push(event);
    return { ok: true, payload: 'null' };
  });
  await new Promise<void>((resolve) => {
    const again = second.invocations.changed;
    second.invocations.changed = () => {
      again();
      resolve();
    };
  });
  expect(events).toEqual(['{"n":1}']);
  expect(second.agenda.next()).toBeUndefined();
  expect(store.database.prepare('SELECT count(*) AS left FROM invocation').get()).toEqual({ left: 0 });
  second.stop();
  store.close();
  rmSync(directory, { recursive: true, force: true });
});
