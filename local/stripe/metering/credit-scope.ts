import { invalidRequest } from '../core/fault.ts';
import { hash, list, oneOf, required, string } from '../core/schema.ts';
import type { Tx } from '../core/tx.ts';

export const scope = hash({ price_type: oneOf('metered'), prices: list(hash({ id: required(string) })) });
type Scope = ReturnType<typeof scope.parse>;

/** All metered prices, or up to 20 of them. */
export function checkScope(tx: Tx, { price_type, prices }: Scope, param: string): Scope {
  if (prices && price_type)
    throw invalidRequest('You may only specify one of these parameters: price_type, prices.', param);
  if (!prices && !price_type)
    throw invalidRequest('You must specify either `price_type` or `prices`.', param, 'parameter_missing');
  if (prices && (prices.length === 0 || prices.length > 20))
    throw invalidRequest('Invalid array: must have between 1 and 20 elements', `${param}[prices]`);
  prices?.forEach(({ id }, index) => {
    const at = `${param}[prices][${index}][id]`;
    if (!tx.need('price', id, at).recurring?.meter)
      throw invalidRequest(`The price ${id} is not a metered price.`, at);
  });
  return prices ? { prices } : { price_type: 'metered' };
}
