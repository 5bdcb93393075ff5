import { StripeFault } from '../core/fault.ts';
import type { Store } from '../core/store.ts';
import type { Owner } from './error-body.ts';

/**
 * An object that is not there, as Stripe tells it: 404 for one of the path, 400 for one a parameter names; and with a
 * word on the other mode when it is there. https://docs.stripe.com/error-codes#resource-missing
 */
export function explainMissing(
  fault: StripeFault,
  store: Store,
  { account, livemode }: Owner,
  path: string[],
): StripeFault {
  if (fault.body.code !== 'resource_missing') return fault;
  const id = /'([^']+)'$/.exec(fault.message)?.[1];
  if (id === undefined) return fault;
  const [mine, other] = livemode ? ['live', 'test'] : ['test', 'live'];
  const there = store.get('SELECT id FROM objects WHERE scope = ? AND id = ?', `${account}/${other}`, id);
  const hint = `; a similar object exists in ${other} mode, but a ${mine} mode key was used to make this request.`;
  return new StripeFault(
    path.includes(id) ? 404 : 400,
    { ...fault.body, message: there ? `${fault.message}${hint}` : fault.message },
    fault,
  );
}
