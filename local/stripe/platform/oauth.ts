import { OAuthFault } from '../core/fault.ts';
import { token } from '../core/ids.ts';
import type { Tx } from '../core/tx.ts';
import { ensureAccount, newAccountId } from './accounts.ts';
import { ownerOf } from './applications.ts';
import { connect, disconnect } from './connections.ts';

/** What `GET /oauth/authorize` answers: a page, or a way back to the platform. */
export type Answer = { status: number; html: string } | { status: 302; location: string };

const lifetime = 300;

export function modeOf(clientId: string): 'live' | 'test' {
  return clientId.startsWith('ca_live') ? 'live' : 'test';
}

function back(redirect: string, values: Record<string, string | null>): Answer {
  const url = new URL(redirect);
  for (const [name, value] of Object.entries(values)) if (value !== null) url.searchParams.set(name, value);
  return { status: 302, location: url.href };
}

function escaped(text: string) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

function page(title: string, body: string) {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>body{font:16px system-ui;max-width:32rem;margin:4rem auto;padding:0 1rem}a,button{display:inline-block;margin:.5rem .5rem 0 0;padding:.6rem 1rem;border:1px solid #635bff;border-radius:6px;background:#fff;color:#3d35c4;font:inherit;text-decoration:none}</style></head><body><main>${body}</main></body></html>`;
}

/** https://docs.stripe.com/connect/oauth-reference#get-authorize */
export function authorize(tx: Tx, query: URLSearchParams, accounts: string[]): Answer {
  const clientId = query.get('client_id') ?? '';
  const redirect = query.get('redirect_uri') ?? '';
  const state = query.get('state');
  if (!clientId.startsWith('ca_'))
    return { status: 400, html: page('Error', '<h1>No such application</h1>') };
  if (!URL.canParse(redirect))
    return { status: 400, html: page('Error', '<h1>Invalid redirect URI</h1><p>Send a redirect_uri.</p>') };
  if (query.get('response_type') !== 'code') {
    return back(redirect, {
      error: 'unsupported_response_type',
      error_description: 'response_type must be code',
      state,
    });
  }
  const auto = query.get('auto');
  if (auto === 'deny')
    return back(redirect, {
      error: 'access_denied',
      error_description: 'The user denied your request',
      state,
    });
  const scope = query.get('scope') ?? 'read_only';
  if (auto !== null) {
    const account = auto === 'new' ? newAccountId() : auto;
    // What the platform knows already fills the form: https://docs.stripe.com/connect/oauth-reference#get-authorize
    const known = (field: string) => query.get(`stripe_user[${field}]`);
    ensureAccount(tx.on(account), {
      country: known('country'),
      businessName: known('business_name'),
      email: known('email'),
    });
    const code = token(32);
    tx.put('oauth_code', {
      id: `ac_${code}`,
      object: 'oauth_code',
      created: tx.now,
      livemode: tx.livemode,
      _: { account, clientId, scope, used: false, redirectUri: redirect },
    });
    return back(redirect, { scope, code: `ac_${code}`, state });
  }
  const link = (choice: string) => {
    const next = new URLSearchParams(query);
    next.set('auto', choice);
    return escaped(`/oauth/authorize?${next}`);
  };
  const known = accounts.map((id) => `<a href="${link(id)}">Connect ${escaped(id)}</a>`).join('');
  return {
    status: 200,
    html: page(
      'Connect your account',
      `<h1>Connect your account</h1><p>An application asks to manage your ${modeOf(clientId)} payments (${escaped(scope)}).</p><p><a href="${link('new')}">Connect a new account</a>${known}</p><p><a href="${link('deny')}">Deny</a></p>`,
    ),
  };
}

/** https://docs.stripe.com/connect/oauth-reference#post-token */
export function exchange(tx: Tx, params: Record<string, unknown>) {
  if (params.grant_type !== 'authorization_code')
    throw new OAuthFault('unsupported_grant_type', `Unsupported grant type: ${String(params.grant_type)}`);
  const code = tx.platform().get('oauth_code', String(params.code ?? ''));
  const other = tx.platform(!tx.livemode).get('oauth_code', String(params.code ?? ''));
  if (!code && other)
    throw new OAuthFault(
      'invalid_grant',
      `This authorization code was created in ${tx.livemode ? 'test' : 'live'} mode; the API key's mode doesn't match the mode of the code.`,
    );
  if (!code)
    throw new OAuthFault('invalid_grant', `Authorization code does not exist: ${String(params.code ?? '')}`);
  if (ownerOf(code._.clientId) !== tx.actor.account)
    throw new OAuthFault('invalid_grant', 'Authorization code provided does not belong to you');
  if (code._.used)
    throw new OAuthFault(
      'invalid_grant',
      'This authorization code has already been used. All tokens issued with this code have been revoked.',
    );
  if (tx.now - code.created > lifetime) throw new OAuthFault('invalid_grant', 'Authorization code expired');
  code._.used = true;
  const { account, clientId, scope } = code._;
  connect(tx.on(account), clientId, scope);
  const mode = tx.livemode ? 'live' : 'test';
  return {
    stripe_user_id: account,
    scope,
    livemode: tx.livemode,
    token_type: 'bearer',
    stripe_publishable_key: `pk_${mode}_${account}`,
  };
}

/** https://docs.stripe.com/connect/oauth-reference#post-deauthorize */
export function deauthorize(tx: Tx, params: Record<string, unknown>) {
  const account = String(params.stripe_user_id ?? '');
  const clientId = String(params.client_id ?? '');
  if (!clientId.startsWith('ca_'))
    throw new OAuthFault('invalid_client', `No such application: '${clientId}'`, 401);
  if (ownerOf(clientId) !== tx.actor.account)
    throw new OAuthFault('invalid_client', `No such application: '${clientId}'`, 401);
  if (modeOf(clientId) !== (tx.livemode ? 'live' : 'test'))
    throw new OAuthFault('invalid_client', "The API key's mode doesn't match the mode of the client_id", 401);
  if (!account.startsWith('acct_') || !disconnect(tx.on(account), ownerOf(clientId))) {
    throw new OAuthFault(
      'invalid_client',
      `This application is not connected to stripe account ${account}, or that account does not exist.`,
      401,
    );
  }
  return { stripe_user_id: account };
}
