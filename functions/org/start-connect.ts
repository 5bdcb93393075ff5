import { Refusal } from '../../shared/contract/errors.ts';
import { startConnect } from '../../shared/contract/org.ts';
import { requirePlan } from '../../shared/domain/connection.ts';
import { seconds, systemClock } from '../../shared/runtime/clock.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { keys } from '../../shared/store/keys.ts';
import { gate, liveTable } from '../../shared/store/live.ts';
import { putNew } from '../../shared/store/table.ts';
import { platformStripe } from '../../shared/stripe/client.ts';
import { authorizeUrl, newState, stateHash } from '../../shared/stripe/oauth.ts';

const stateLifeSeconds = 15 * 60;

export const handler = endpoint(
  startConnect,
  async ({
    caller,
    params: { orgId },
    body: { mode, returnUrl, replaceAccount = false },
    remember,
    apiUrl,
  }) => {
    requireKnownOrigin(returnUrl);
    const table = liveTable();
    const { organisation } = await table.read({ organisation: keys.organisation(orgId) });
    requirePlan(organisation);
    const { secret } = await platformStripe(mode);
    const state = newState();
    const redirectUri = `${apiUrl}/stripe/connect/callback`;
    const answer = { url: authorizeUrl({ clientId: secret.clientId, state, redirectUri }) };
    const expiresAt = seconds(systemClock.now()) + stateLifeSeconds;
    const asked = { orgId, mode, userId: caller.sub, returnUrl, replaceAccount };
    const item = { ...asked, expiresAt, used: false, version: 1 };
    const stored = putNew('state', keys.connectState(stateHash(state)), item);
    const { done } = await table.commit([stored, ...remember(answer)]);
    if (!done) throw new Refusal('request_in_progress', 'The same request is still running.');
    return answer;
  },
  { gate },
);

/** The browser is sent back only to pages the operator named (`dashboardOrigins`), so no link can lead astray. */
function requireKnownOrigin(returnUrl: string): void {
  const known = (process.env.DASHBOARD_ORIGINS ?? '').split(',').filter(Boolean);
  if (known.includes('*') || known.includes(new URL(returnUrl).origin)) return;
  const errors = [
    {
      path: 'body.returnUrl',
      message: `must begin with one of: ${known.join(', ') || '(no origin is configured)'}`,
    },
  ];
  throw new Refusal('invalid_request', 'The return URL is not one of ours.', { errors });
}
