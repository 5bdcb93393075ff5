import type { Definition } from '../core/definition.ts';
import { StripeFault } from '../core/fault.ts';
import { platformAccount } from '../core/ids.ts';
import type { ConnectionRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { ensureAccount } from './accounts.ts';
import { ownerOf } from './applications.ts';

export const connectionDefinition: Definition<'connection'> = {
  events(before, after) {
    if (!after || before?.authorized === after.authorized) return [];
    return [after.authorized ? 'account.application.authorized' : 'account.application.deauthorized'];
  },
  // https://docs.stripe.com/api/events/types: data.object is an application
  shown: (row) => ({ id: row.application, object: 'application', name: 'Platform' }),
};

/** An account has one connection to each application's owner. */
function connectionId(owner: string) {
  return owner === platformAccount ? 'connection' : `connection_${owner}`;
}

/** The connection of the scope's account to an owner of applications, while it lasts. */
export function connectionOf(tx: Tx, owner = platformAccount): ConnectionRow | undefined {
  const row = tx.get('connection', connectionId(owner));
  return row?.authorized ? row : undefined;
}

/** As `connectionOf`; a live connection serves test keys too: https://docs.stripe.com/connect/oauth-standard-accounts */
function servingConnection(tx: Tx, owner: string) {
  return (
    connectionOf(tx, owner) ?? (tx.livemode ? undefined : connectionOf(tx.on(tx.actor.account, true), owner))
  );
}

export function isConnectedTo(tx: Tx, owner: string) {
  return servingConnection(tx, owner) !== undefined;
}

/** True when an account has an application of its own: some account was connected to it. */
export function isPlatform(tx: Tx, owner: string) {
  return tx.unit.store.get('SELECT id FROM objects WHERE id = ?', connectionId(owner)) !== undefined;
}

/** Consents to an application: to read, or to read and write. */
export function connect(tx: Tx, application: string, access: string) {
  ensureAccount(tx);
  const id = connectionId(ownerOf(application));
  const former = tx.get('connection', id);
  if (former) {
    former.application = application;
    former.authorized = true;
    former._.access = access;
    return;
  }
  tx.put('connection', {
    id,
    object: 'connection',
    created: tx.now,
    livemode: tx.livemode,
    application,
    authorized: true,
    _: { access },
  });
}

/**
 * The application a platform's call acts as. Throws 403 account_invalid when the account is not connected, and
 * more_permissions_required_for_application for a write with a read_only connection (stripe.md 7).
 */
export function applicationOn(tx: Tx, owner: string, writes = false): string {
  const connection = servingConnection(tx, owner);
  const { account } = tx.actor;
  const key = tx.livemode ? 'sk_live_***' : 'sk_test_***';
  if (!connection)
    throw new StripeFault(
      403,
      {
        type: 'invalid_request_error',
        code: 'account_invalid',
        message: `The provided key '${key}' does not have access to account '${account}' (or that account does not exist). Application access may have been revoked.`,
      },
      { unexecuted: true },
    );
  if (writes && connection._.access === 'read_only')
    throw new StripeFault(
      403,
      {
        type: 'invalid_request_error',
        code: 'more_permissions_required_for_application',
        message: `This application does not have the required permissions for this endpoint on account '${account}'. Having the 'read_write' scope would allow this request to continue.`,
      },
      { unexecuted: true },
    );
  return connection.application;
}

/** Deauthorises an owner's application; true when there was something to take back. */
export function disconnect(tx: Tx, owner: string) {
  const connection = connectionOf(tx, owner);
  if (!connection) return false;
  connection.authorized = false;
  return true;
}
