type Words = Record<string, string>;

/** What is wrong with a field, in Stripe's words, by the error's code. */
const errors: Record<string, Words> = {
  de: {
    incomplete_number: 'Die Kartennummer ist unvollständig.',
    invalid_number: 'Die Kartennummer ist ungültig.',
    incomplete_expiry: 'Das Ablaufdatum der Karte ist unvollständig.',
    invalid_expiry_month: 'Das Ablaufdatum der Karte ist ungültig.',
    invalid_expiry_year: 'Das Ablaufjahr der Karte ist ungültig.',
    invalid_expiry_year_past: 'Das Ablaufjahr der Karte liegt in der Vergangenheit.',
    invalid_expiry_month_past: 'Das Ablaufdatum der Karte liegt in der Vergangenheit.',
    incomplete_cvc: 'Die Prüfziffer der Karte ist unvollständig.',
    incomplete_iban: 'Die IBAN ist unvollständig.',
  },
  fr: {
    incomplete_number: 'Votre numéro de carte est incomplet.',
    invalid_number: 'Votre numéro de carte n’est pas valide.',
    incomplete_expiry: 'La date d’expiration de votre carte est incomplète.',
    invalid_expiry_month: 'La date d’expiration de votre carte n’est pas valide.',
    invalid_expiry_year: 'L’année d’expiration de votre carte n’est pas valide.',
    invalid_expiry_year_past: 'L’année d’expiration de votre carte est passée.',
    invalid_expiry_month_past: 'La date d’expiration de votre carte est passée.',
    incomplete_cvc: 'Le code de sécurité de votre carte est incomplet.',
    incomplete_iban: 'Votre IBAN est incomplet.',
  },
  es: {
    incomplete_number: 'El número de tu tarjeta está incompleto.',
    invalid_number: 'El número de tu tarjeta no es válido.',
    incomplete_expiry: 'La fecha de caducidad de tu tarjeta está incompleta.',
    invalid_expiry_month: 'La fecha de caducidad de tu tarjeta no es válida.',
    invalid_expiry_year: 'El año de caducidad de tu tarjeta no es válido.',
    invalid_expiry_year_past: 'El año de caducidad de tu tarjeta ya ha pasado.',
    invalid_expiry_month_past: 'La fecha de caducidad de tu tarjeta ya ha pasado.',
    incomplete_cvc: 'El código de seguridad de tu tarjeta está incompleto.',
    incomplete_iban: 'El IBAN está incompleto.',
  },
};

const labels: Record<string, Words> = {
  de: { number: 'Kartennummer', expiry: 'Ablaufdatum', cvc: 'Prüfziffer' },
  fr: { number: 'Numéro de carte', expiry: 'Date d’expiration', cvc: 'Code de sécurité' },
  es: { number: 'Número de tarjeta', expiry: 'Fecha de caducidad', cvc: 'Código de seguridad' },
};

let language = 'en';

/** `auto` and what is not known here are English. */
export function setLanguage(locale: string | undefined): void {
  const wanted = (locale === 'auto' ? navigator.language : (locale ?? 'en')).slice(0, 2);
  language = wanted in errors ? wanted : 'en';
  document.documentElement.lang = language;
  for (const [id, text] of Object.entries(labels[language] ?? {})) {
    const label = document.querySelector(`label[for=${id}]`);
    if (label) label.textContent = text;
  }
}

export const worded = (code: string, english: string): string => errors[language]?.[code] ?? english;
