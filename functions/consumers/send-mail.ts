import { sendMail } from '../../shared/contract/own-events.ts';
import { languageOf, renderMail } from '../../shared/mail/render.ts';
import { consumer } from '../../shared/runtime/consumer.ts';
import { count } from '../../shared/runtime/log.ts';
import { sendOnce, wasSent } from '../../shared/runtime/send-once.ts';
import { keys, near } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';
import { platformStripe } from '../../shared/stripe/client.ts';
import { aboutMail } from '../../shared/stripe/mail-facts.ts';

/** Writes one mail. Address, names and amounts are read now, so that no event holds them. */
export const handler = consumer(sendMail, async (event) => {
  const { mode, account, object } = event;
  const { orgId, widgetId, userId, template } = object;
  const from = process.env.MAIL_FROM;
  if (!from) return count('MailNotConfigured', { template });
  const table = liveTable();
  const { marker, subscriber, profile, config, organisation } = await table.read({
    marker: keys.eventMarker(mode, account, event.id, sendMail.id),
    subscriber: keys.subscriber(mode, widgetId, userId),
    profile: keys.profile(mode, widgetId, userId),
    config: near(keys.config(mode, widgetId), userId),
    organisation: near(keys.organisation(orgId), userId),
  });
  if (wasSent(marker)) return;
  if (!subscriber || !organisation || !profile?.email) return count('MailWithoutAddress', { template });

  const { stripe } = await platformStripe(mode);
  const about = await aboutMail({ stripe, stripeAccount: account }, object, subscriber, config);
  if (!about) return count('MailWithoutSubject', { template });
  const { name = organisation.name, ...look } = config?.branding ?? {};
  const language = languageOf(profile.locale, profile.country);
  const mail = renderMail(template, { language, brand: { name, ...look }, about });
  const letter = { to: profile.email, name, replyTo: look.supportEmail, mail };
  await sendOnce(table, { event, consumer: sendMail.id, from }, [letter]);
});
