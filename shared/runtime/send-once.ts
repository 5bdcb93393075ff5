import { BadRequestException, SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import type { Mail } from '../mail/render.ts';
import { type EventSource, eventMarker } from '../store/event-marker.ts';
import type { Records } from '../store/records.ts';
import { put, type Table } from '../store/table.ts';
import { seconds, systemClock } from './clock.ts';
import { Permanent } from './failure.ts';

/** Longer than a function may run: whoever began and did not end by then is dead. */
const leaseSeconds = 40;
let ses: SESv2Client | undefined;

/** A mail and whose name it comes in. */
export type Letter = { to: string; name: string; replyTo?: string | undefined; mail: Mail };

/** @throws while another copy of the event is sending: it has to come again to see how that ended */
export function wasSent(marker: Records['eventMarker'] | undefined): boolean {
  if (!marker) return false;
  if (marker.leaseUntil === undefined) return true;
  if (marker.leaseUntil > seconds(systemClock.now())) throw new Error('This mail is being sent right now.');
  return false;
}

/**
 * Sends the letters of one event. Its marker is claimed before SES is asked and says afterwards that it is done, so
 * that two copies of an event send one mail; only a crash between the two sends it again, and none is never sent.
 */
export async function sendOnce(
  table: Table,
  { event, consumer, from }: { event: EventSource; consumer: string; from: string },
  letters: readonly Letter[],
): Promise<void> {
  const at = seconds(systemClock.now());
  const claim = eventMarker(event, consumer);
  const claimed = await table.commit([
    {
      ...claim,
      item: { ...claim.item, leaseUntil: at + leaseSeconds },
      condition: {
        expression: 'attribute_not_exists(PK) OR leaseUntil <= :now',
        values: { ':now': at },
      },
    },
  ]);
  if (!claimed.done) throw new Error('This mail is being sent right now.');
  ses ??= new SESv2Client({});
  let refused = 0;
  for (const { to, name, replyTo, mail } of letters) {
    try {
      await ses.send(
        new SendEmailCommand({
          FromEmailAddress: `${displayName(name)} <${from}>`,
          Destination: { ToAddresses: [to] },
          ...(replyTo && { ReplyToAddresses: [replyTo] }),
          Content: {
            Simple: { Subject: part(mail.subject), Body: { Text: part(mail.text), Html: part(mail.html) } },
          },
        }),
      );
    } catch (error) {
      // An address that is none stays so; the other letters leave all the same.
      if (!(error instanceof BadRequestException)) throw error;
      refused++;
    }
  }
  await table.commit([put('marker', claim.key, claim.item)]);
  if (refused > 0) throw new Permanent(`SES refuses ${refused} of ${letters.length} addresses.`);
}

const part = (Data: string) => ({ Data, Charset: 'UTF-8' });

/** A name before an address (RFC 5322, RFC 2047): quoted, or encoded where it is not plain ASCII. */
function displayName(name: string): string {
  const plain = name.replace(/[\p{Cc}"\\]+/gu, ' ').trim();
  return /^[\x20-\x7e]*$/.test(plain)
    ? `"${plain}"`
    : `=?UTF-8?B?${Buffer.from(plain.slice(0, 40), 'utf8').toString('base64')}?=`;
}
