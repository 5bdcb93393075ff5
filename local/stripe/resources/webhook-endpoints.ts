import { apiVersion } from '../core/api-version.ts';
import type { Definition } from '../core/definition.ts';
import { invalidRequest, notYet } from '../core/fault.ts';
import { newId, platformAccount, token } from '../core/ids.ts';
import { route } from '../core/routes.ts';
import { boolean, list, metadata, moments, paging, required, string, text } from '../core/schema.ts';
import { mergeMetadata, within } from '../core/tx.ts';
import { checkUrl } from '../delivery/event-destinations.ts';

export const webhookEndpointDefinition: Definition<'webhook_endpoint'> = {};

/** https://docs.stripe.com/webhooks: per account, for each of test and live mode. */
const most = 16;

export const webhookEndpointRoutes = [
  route(
    'POST',
    '/v1/webhook_endpoints',
    {
      api_version: string,
      connect: boolean,
      description: text,
      enabled_events: required(list(string)),
      metadata,
      url: required(string),
    },
    ({ tx, params }) => {
      checkUrl(tx, params.url, 'url');
      if (params.api_version !== undefined && params.api_version !== apiVersion)
        throw notYet(`events of API version ${params.api_version}`);
      if ([...tx.each('webhook_endpoint')].length >= most)
        throw invalidRequest(
          `You have reached the maximum of ${most} ${tx.livemode ? 'live' : 'test'} webhook endpoints.`,
        );
      const connect = (params.connect ?? false) && tx.actor.account === platformAccount;
      if (params.enabled_events.length === 0)
        throw invalidRequest(
          'Missing required param: enabled_events.',
          'enabled_events',
          'parameter_missing',
        );
      const secret = `whsec_${token(32)}`;
      const row = tx.put('webhook_endpoint', {
        id: newId('we'),
        object: 'webhook_endpoint',
        api_version: params.api_version ?? null,
        application: connect ? `ca_${tx.livemode ? 'live' : 'test'}_platform` : null,
        created: tx.now,
        description: params.description ?? null,
        enabled_events: params.enabled_events,
        livemode: tx.livemode,
        metadata: mergeMetadata({}, params.metadata),
        status: 'enabled',
        url: params.url,
        _: {
          secrets: [{ secret, expiresAt: null }],
          connect,
        },
      });
      // Shown this once. https://docs.stripe.com/api/webhook_endpoints/object#webhook_endpoint_object-secret
      return { ...row, secret };
    },
  ),
  route('GET', '/v1/webhook_endpoints', { ...paging, created: moments }, ({ tx, params }) =>
    tx.page('webhook_endpoint', '/v1/webhook_endpoints', params, {
      where: (row) => within(row.created, params.created),
    }),
  ),
  route('GET', '/v1/webhook_endpoints/:id', {}, ({ tx, id }) => tx.need('webhook_endpoint', id)),
  route(
    'POST',
    '/v1/webhook_endpoints/:id',
    {
      description: text,
      disabled: boolean,
      enabled_events: list(string),
      metadata,
      url: string,
    },
    ({ tx, id, params }) => {
      const row = tx.need('webhook_endpoint', id);
      if (params.url !== undefined) checkUrl(tx, params.url, 'url');
      if (params.url !== undefined) row.url = params.url;
      if (params.enabled_events) row.enabled_events = params.enabled_events;
      if (params.disabled !== undefined) row.status = params.disabled ? 'disabled' : 'enabled';
      if (params.description !== undefined) row.description = params.description;
      row.metadata = mergeMetadata(row.metadata, params.metadata);
      return row;
    },
  ),
  route('DELETE', '/v1/webhook_endpoints/:id', {}, ({ tx, id }) => {
    tx.need('webhook_endpoint', id);
    tx.remove(id);
    return { id, object: 'webhook_endpoint', deleted: true };
  }),
];
