import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Source } from '../contract/define.ts';
import type { EventEnvelope } from '../contract/envelope.ts';
import { env } from './env.ts';

/** EventBridge takes so many events, and so many bytes of them, in one call. */
const perCall = 10;
const bytesPerCall = 900_000;
let bus: EventBridgeClient | undefined;

/**
 * Puts events on our bus, as the intake does.
 * @throws when the bus did not take one: some of the others may be on it, which is harmless
 */
export async function publish(source: Source, events: readonly EventEnvelope[]): Promise<void> {
  const EventBusName = env('EVENT_BUS_NAME');
  bus ??= new EventBridgeClient({ maxAttempts: 3 });
  for (const chunk of chunks(events.map((event) => ({ type: event.type, text: JSON.stringify(event) })))) {
    const Entries = chunk.map(({ type, text }) => ({
      EventBusName,
      Source: source,
      DetailType: type,
      Detail: text,
    }));
    const answer = await bus.send(new PutEventsCommand({ Entries }));
    const refused = answer.Entries?.find(({ ErrorCode }) => ErrorCode !== undefined);
    if (answer.FailedEntryCount !== 0)
      throw new Error(`The bus did not take an event: ${refused?.ErrorCode}`);
  }
}

function* chunks<T extends { text: string }>(all: T[]): Generator<T[]> {
  let chunk: T[] = [];
  let bytes = 0;
  for (const one of all) {
    const size = Buffer.byteLength(one.text);
    if (chunk.length === perCall || (chunk.length > 0 && bytes + size > bytesPerCall)) {
      yield chunk;
      [chunk, bytes] = [[], 0];
    }
    chunk.push(one);
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
}
