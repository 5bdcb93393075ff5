import { invalidParameter } from '../core/fault.ts';
import { type Kind, type Params, parseParams, type Schema } from '../core/schema.ts';

/** A hash by currency: `currency_options[eur][amount_off]`. Keys are lower-cased. */
export function currencyOptions<const S extends Schema>(schema: S): Kind<Record<string, Params<S>>, false> {
  return {
    required: false,
    parse(value, name) {
      if (typeof value !== 'object' || Array.isArray(value)) throw invalidParameter('Invalid object', name);
      return Object.fromEntries(
        Object.entries(value).map(([currency, option]) => {
          const at = `${name}[${currency}]`;
          if (!/^[a-zA-Z]{3}$/.test(currency)) throw invalidParameter(`Invalid currency: ${currency}`, at);
          if (typeof option !== 'object' || Array.isArray(option))
            throw invalidParameter('Invalid object', at);
          return [currency.toLowerCase(), parseParams(schema, option, at)];
        }),
      );
    },
  };
}
