/** One tax of a place: what it is called and its rate in per cent. */
export interface PlaceRate {
  country: string;
  state: string | null;
  /** Decimal text, per cent. */
  percentage: string;
  type: 'gst' | 'hst' | 'jct' | 'pst' | 'qst' | 'rst' | 'sales_tax' | 'vat';
  name: string;
  /** Of the whole country or one of its states. */
  level: 'country' | 'state';
}

/**
 * Standard VAT rates, in force on 1 January 2026.
 * Source: European Commission, "Taxes in Europe" database; gov.uk; estv.admin.ch; skatteetaten.no.
 */
const vat: Record<string, string> = {
  AT: '20',
  BE: '21',
  BG: '20',
  CH: '8.1',
  CY: '19',
  CZ: '21',
  DE: '19',
  DK: '25',
  EE: '24',
  ES: '21',
  FI: '25.5',
  FR: '20',
  GB: '20',
  GR: '24',
  HR: '25',
  HU: '27',
  IE: '23',
  IT: '22',
  LT: '21',
  LU: '17',
  LV: '21',
  MT: '18',
  NL: '21',
  NO: '25',
  PL: '23',
  PT: '23',
  RO: '21',
  SE: '25',
  SI: '22',
  SK: '23',
};
/** Goods and services taxes, same date. Source: ato.gov.au, ird.govt.nz, nta.go.jp, iras.gov.sg, cbic-gst.gov.in. */
const gst: Record<string, string> = { AU: '10', IN: '18', NZ: '15', SG: '9' };

const europe = new Set(Object.keys(vat).filter((country) => !['CH', 'GB', 'NO'].includes(country)));

/** Canada: 5 % GST everywhere, or one HST; some provinces add their own. Source: canada.ca, same date. */
const hst: Record<string, string> = { NB: '15', NL: '15', NS: '14', ON: '13', PE: '15' };
const provincial: Record<string, { percentage: string; type: PlaceRate['type']; name: string }> = {
  BC: { percentage: '7', type: 'pst', name: 'PST' },
  MB: { percentage: '7', type: 'rst', name: 'RST' },
  QC: { percentage: '9.975', type: 'qst', name: 'QST' },
  SK: { percentage: '6', type: 'pst', name: 'PST' },
};
const provinces = new Set([...Object.keys(hst), ...Object.keys(provincial), 'AB', 'NT', 'NU', 'YT']);

/** State sales tax of some US states, without local taxes; `software` when it is due on software as a service. Source: the states' revenue departments, same date. */
const states: Record<string, { percentage: string; software: boolean }> = {
  AZ: { percentage: '5.6', software: true },
  CA: { percentage: '7.25', software: false },
  CO: { percentage: '2.9', software: false },
  FL: { percentage: '6', software: false },
  GA: { percentage: '4', software: false },
  IL: { percentage: '6.25', software: false },
  MA: { percentage: '6.25', software: true },
  MI: { percentage: '6', software: false },
  NC: { percentage: '4.75', software: false },
  NJ: { percentage: '6.625', software: false },
  NY: { percentage: '4', software: true },
  OH: { percentage: '5.75', software: true },
  PA: { percentage: '6', software: true },
  TN: { percentage: '7', software: true },
  TX: { percentage: '6.25', software: true },
  VA: { percentage: '5.3', software: false },
  WA: { percentage: '6.5', software: true },
};

export function inEurope(country: string) {
  return europe.has(country);
}

/** False where a state's law leaves software as a service untaxed. */
export function taxesSoftware(country: string, state: string | null) {
  return country !== 'US' || (states[state ?? '']?.software ?? true);
}

/** The taxes of a place; undefined where the emulator knows none. */
export function ratesAt(country: string, state: string | null): PlaceRate[] | undefined {
  const whole = { country, state: null, level: 'country' as const };
  const part = { country, state, level: 'state' as const };
  if (vat[country]) return [{ ...whole, percentage: vat[country], type: 'vat', name: 'VAT' }];
  if (gst[country]) return [{ ...whole, percentage: gst[country], type: 'gst', name: 'GST' }];
  if (country === 'JP') return [{ ...whole, percentage: '10', type: 'jct', name: 'JCT' }];
  if (country === 'CA' && state && provinces.has(state)) {
    if (hst[state]) return [{ ...part, percentage: hst[state], type: 'hst', name: 'HST' }];
    const federal: PlaceRate = { ...whole, percentage: '5', type: 'gst', name: 'GST' };
    return provincial[state] ? [federal, { ...part, ...provincial[state] }] : [federal];
  }
  const known = country === 'US' ? states[state ?? ''] : undefined;
  return known && [{ ...part, percentage: known.percentage, type: 'sales_tax', name: 'Sales Tax' }];
}
