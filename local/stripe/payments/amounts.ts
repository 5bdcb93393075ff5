import { currencyOf, largestCharge, smallestCharge, stepOf, written } from '../core/currencies.ts';
import { invalidRequest } from '../core/fault.ts';

/** Refuses what cannot be charged: 400 amount_too_small, amount_too_large, parameter_invalid_integer. */
export function checkAmount(amount: number, currency: string) {
  const code = currencyOf(currency);
  if (amount < 1)
    throw invalidRequest(
      'This value must be greater than or equal to 1.',
      'amount',
      'parameter_invalid_integer',
    );
  const least = smallestCharge(code);
  if (amount < least)
    throw invalidRequest(
      `Amount must be at least ${written(least, code)} ${code}`,
      'amount',
      'amount_too_small',
    );
  const most = largestCharge(code);
  if (amount > most)
    throw invalidRequest(`Amount must be no more than ${written(most, code)}`, 'amount', 'amount_too_large');
  const step = stepOf(code);
  if (amount % step !== 0)
    throw invalidRequest(
      `Invalid amount: an amount in ${code} must be evenly divisible by ${step}.`,
      'amount',
      'parameter_invalid_integer',
    );
}
