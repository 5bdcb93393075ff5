import { ConflictException, CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { planStep, runStep } from '../../shared/contract/own-events.ts';
import { consumer } from '../../shared/runtime/consumer.ts';
import { env } from '../../shared/runtime/env.ts';

let scheduler: SchedulerClient | undefined;

/** A schedule of this step's own, which sends it to the queue of `runStep` when it is due and then goes. */
export const handler = consumer(planStep, async ({ id, account, mode, created, object }) => {
  scheduler ??= new SchedulerClient({});
  const [event] = runStep.events;
  const envelope = { id, type: event.type, created, livemode: mode === 'live', account, data: { object } };
  try {
    await scheduler.send(
      new CreateScheduleCommand({
        GroupName: env('SCHEDULE_GROUP'),
        // One id is one schedule, however often it is planned; a name has at most 64 characters.
        Name: id.slice(0, 64),
        ScheduleExpression: `at(${new Date(object.at * 1000).toISOString().slice(0, 19)})`,
        ScheduleExpressionTimezone: 'UTC',
        FlexibleTimeWindow: { Mode: 'OFF' },
        ActionAfterCompletion: 'DELETE',
        Target: {
          Arn: env('STEP_QUEUE_ARN'),
          RoleArn: env('SCHEDULE_ROLE_ARN'),
          Input: JSON.stringify({ detail: envelope }),
          DeadLetterConfig: { Arn: env('STEP_DEAD_LETTERS_ARN') },
        },
      }),
    );
  } catch (error) {
    if (!(error instanceof ConflictException)) throw error;
  }
});
