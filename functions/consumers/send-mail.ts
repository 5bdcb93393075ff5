import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { sendMail } from '../../shared/contract/own-events.ts';
import { languageOf, renderMail } from '../../shared/mail/render.ts';
import { seconds, systemClock } from '../../shared/runtime/clock.ts';
import { consumer } from '../../shared/runtime/consumer.ts';
import { count } from '../../shared/runtime/log.ts';
import { eventMarker } from '../../shared/store/event-marker.ts';
import { keys } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';
import { put } from '../../shared/store/table.ts';
import { platformStripe } from '../../shared/stripe/client.ts';
import { aboutMail } from '../../shared/stripe/mail-facts.ts';

let ses: SESv2Client | undefined;

/** Longer than this function may run: whoever began and did not end by then is dead. */
const leaseSeconds = 40;

/**
 * Writes one mail. Address, names and amounts are read now, so that no event holds them. The marker is claimed
 * before SES is asked and says afterwards that it is done, so that two copies of an event send one mail; only a crash
 * between the two sends it again, and none is never sent.
 */
export const handler = consumer(sendMail, async (event) => {
  const { mode, account, object } = event;
  const { orgId, widgetId, userId, template } = object;
  const from = process.env.MAIL_FROM;
  if (!from) return count('MailNotConfigured', { template });
  const table = liveTable();
  const found = await table.read({
    marker: keys.eventMarker(mode, account, event.id, sendMail.id),
    subscriber: keys.subscriber(mode, widgetId, userId),
    profile: keys.profile(mode, widgetId, userId),
    config: keys.config(mode, widgetId),
    organisation: keys.organisation(orgId),
  });
  const { subscriber, profile, config, organisation } = found;
  const now = systemClock.now();
  if (found.marker && !found.marker.leaseUntil) return;
  if (found.marker?.leaseUntil && found.marker.leaseUntil > seconds(now))
    throw new Error('This mail is being sent right now.');
  if (!subscriber || !organisation || !profile?.email) return count('MailWithoutAddress', { template });

  const { stripe } = await platformStripe(mode);
  const about = await aboutMail({ stripe, stripeAccount: account }, object, subscriber, config);
  if (!about) return count('MailWithoutSubject', { template });
  const { name = organisation.name, ...look } = config?.branding ?? {};
  const language = languageOf(profile.locale, profile.country);
  const mail = renderMail(template, { language, brand: { name, ...look }, about });
  const claim = eventMarker(event, sendMail.id);
  const claimed = await table.commit([
    {
      ...claim,
      item: { ...claim.item, leaseUntil: seconds(now) + leaseSeconds },
      condition: {
        expression: 'attribute_not_exists(PK) OR leaseUntil <= :now',
        values: { ':now': seconds(now) },
      },
    },
  ]);
  if (!claimed.done) throw new Error('This mail is being sent right now.');
  ses ??= new SESv2Client({});
  const part = (Data: string) => ({ Data, Charset: 'UTF-8' });
  await ses.send(
    new SendEmailCommand({
      FromEmailAddress: `${displayName(name)} <${from}>`,
      Destination: { ToAddresses: [profile.email] },
      ...(look.supportEmail && { ReplyToAddresses: [look.supportEmail] }),
      Content: {
        Simple: {
          Subject: part(mail.subject),
          Body: { Text: part(mail.text), Html: part(mail.html) },
        },
      },
    }),
  );
  await table.commit([put('marker', claim.key, claim.item)]);
});

/** A name before an address (RFC 5322, RFC 2047): quoted, or encoded where it is not plain ASCII. */
function displayName(name: string): string {
  const plain = name.replace(/[\p{Cc}"\\]+/gu, ' ').trim();
  return /^[\x20-\x7e]*$/.test(plain)
    ? `"${plain}"`
    : `=?UTF-8?B?${Buffer.from(plain.slice(0, 40), 'utf8').toString('base64')}?=`;
}
