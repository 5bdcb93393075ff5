import { sendAlert } from '../../shared/contract/health-events.ts';
import { languageOf, renderMail } from '../../shared/mail/render.ts';
import { consumer } from '../../shared/runtime/consumer.ts';
import { count } from '../../shared/runtime/log.ts';
import { type Letter, sendOnce, wasSent } from '../../shared/runtime/send-once.ts';
import { keys } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';
import { platformStripe } from '../../shared/stripe/client.ts';

const platformName = 'Stripe Connector';

/** To the organisation at the address of its Stripe account, unless it has named another; and to the platform. */
export const handler = consumer(sendAlert, async (event) => {
  const { mode, account, object } = event;
  const { MAIL_FROM: from, ALERT_EMAIL: platform } = process.env;
  if (!from) return count('MailNotConfigured', { template: object.kind });
  const table = liveTable();
  const { marker, organisation } = await table.read({
    marker: keys.eventMarker(mode, account, event.id, sendAlert.id),
    organisation: keys.organisation(object.orgId),
  });
  if (!organisation || wasSent(marker)) return;
  const { stripe } = await platformStripe(mode);
  const to = organisation.alertEmail ?? (await stripe.accounts.retrieve(account)).email;
  const { failed, attempts, usualPercent } = object;
  const letter = (address: string, country: string): Letter => ({
    to: address,
    name: platformName,
    mail: renderMail(object.kind, {
      language: languageOf(undefined, country),
      brand: { name: platformName },
      about: { plan: organisation.name, failed, attempts, usualPercent, live: mode === 'live' },
    }),
  });
  await sendOnce(table, { event, consumer: sendAlert.id, from }, [
    ...(to ? [letter(to, organisation.country)] : []),
    ...(platform ? [letter(platform, 'US')] : []),
  ]);
});
