import { CfnRule, EventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { deadLetterQueue } from './dead-letters.ts';

/** How the source of an event begins that comes from Stripe by AWS itself. */
export const partnerPrefix = 'aws.partner/stripe.com/';

type Props = { eventSourceName: string; bus: IEventBus };

/**
 * Stripe's EventBridge destination as a second intake: its partner bus hands everything on to ours. Events that come
 * both ways are applied once, like any other copy. Two steps, because Stripe makes the source first (docs/deploy.md).
 */
export class PartnerEvents extends Construct {
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { eventSourceName, bus }: Props) {
    super(scope, id);
    const partner = new EventBus(this, 'Bus', { eventSourceName });
    this.deadLetters = deadLetterQueue(this, 'the rule, named by its target');
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('events.amazonaws.com'),
      inlinePolicies: {
        HandOn: new PolicyDocument({
          statements: [new PolicyStatement({ actions: ['events:PutEvents'], resources: [bus.eventBusArn] })],
        }),
      },
    });
    const rule = new CfnRule(this, 'Rule', {
      description: 'Hands events of Stripe on to our bus',
      eventBusName: partner.eventBusName,
      eventPattern: { source: [{ prefix: partnerPrefix }] },
      targets: [
        {
          id: 'Bus',
          arn: bus.eventBusArn,
          roleArn: role.roleArn,
          deadLetterConfig: { arn: this.deadLetters.queueArn },
        },
      ],
    });
    this.deadLetters.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [this.deadLetters.queueArn],
        conditions: { ArnEquals: { 'aws:SourceArn': rule.attrArn } },
      }),
    );
  }
}
