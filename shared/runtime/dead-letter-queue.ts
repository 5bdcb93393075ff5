import { ChangeMessageVisibilityCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';

const sqs = new SQSClient({ maxAttempts: 2 });

/** Sends a message as it came, with what is to be known of it. */
export async function sendTo(
  QueueUrl: string,
  MessageBody: string,
  facts: Record<string, string>,
): Promise<void> {
  const attributes = Object.entries(facts).map(([name, StringValue]) => [
    name,
    { DataType: 'String', StringValue },
  ]);
  const MessageAttributes = Object.fromEntries(attributes);
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageAttributes }));
}

/** The message comes again after so many seconds. */
export async function hideFor(
  QueueUrl: string,
  ReceiptHandle: string,
  VisibilityTimeout: number,
): Promise<void> {
  await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
}
