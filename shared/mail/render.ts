import { decimalsOf } from '../domain/currencies.ts';
import type { Facts, LetterName, Words } from './letter.ts';
import { de } from './words/de.ts';
import { en } from './words/en.ts';
import { es } from './words/es.ts';
import { fr } from './words/fr.ts';

export const languages = { en, de, fr, es } satisfies Record<string, Words>;
export type Language = keyof typeof languages;

const countries: Record<string, Language> = {
  DE: 'de',
  AT: 'de',
  CH: 'de',
  LI: 'de',
  FR: 'fr',
  BE: 'fr',
  LU: 'fr',
  MC: 'fr',
  ES: 'es',
  MX: 'es',
  AR: 'es',
  CL: 'es',
  CO: 'es',
  PE: 'es',
};

const isLanguage = (name: string): name is Language => Object.hasOwn(languages, name);

/** The language we write in: of the person's locale (BCP 47), else of their country (ISO 3166-1), else English. */
export function languageOf(locale: string | undefined, country: string | undefined): Language {
  const spoken = locale?.split(/[-_]/)[0]?.toLowerCase() ?? '';
  return isLanguage(spoken) ? spoken : (countries[country ?? ''] ?? 'en');
}

const safeLink = /^(https:\/\/|http:\/\/(127\.0\.0\.1|localhost)(:\d+)?\/)[^\s"<>]*$/;

export type Brand = { name: string; color?: string; logoUrl?: string; supportEmail?: string };
/** What a letter is about; money in minor units, times in unix seconds. */
export type About = {
  plan: string;
  amount?: number | undefined;
  currency?: string | undefined;
  until?: number | undefined;
  paidAt?: number | undefined;
  number?: string | undefined;
  credits?: number | undefined;
  card?: string | undefined;
  failed?: number | undefined;
  attempts?: number | undefined;
  /** Whole percent. */
  usualPercent?: number | undefined;
  live?: boolean | undefined;
  /** Where the button leads; only https is followed, and this machine. */
  link?: string | undefined;
};
export type Mail = { subject: string; text: string; html: string };

/** A mail in a language, in the name of an organisation. Names are shown as they are and can do nothing else. */
export function renderMail(
  template: LetterName,
  { language, brand, about }: { language: Language; brand: Brand; about: About },
): Mail {
  const words = languages[language];
  const { subject, lines, button } = words[template](factsOf(language, brand, about));
  const link = button && about.link && safeLink.test(about.link) ? about.link : undefined;
  const questions = brand.supportEmail ? [words.questions(brand.supportEmail)] : [];
  const text = [
    words.greeting,
    ...lines,
    ...(link && button ? [`${button}: ${link}`] : []),
    ...questions,
    brand.name,
  ].join('\n\n');
  return {
    subject: oneLine(subject),
    text,
    html: page({ language, brand, subject, greeting: words.greeting, lines, questions, button, link }),
  };
}

function factsOf(language: Language, brand: Brand, about: About): Facts {
  const { amount, currency, until, paidAt, credits } = about;
  const day = (seconds: number | undefined) =>
    seconds === undefined
      ? undefined
      : new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(seconds * 1000);
  return {
    // A name cannot begin a line of its own, in the subject or in the text.
    brand: oneLine(brand.name),
    plan: oneLine(about.plan),
    number: about.number,
    card: about.card,
    until: day(until),
    live: about.live,
    failed: written(language, about.failed),
    attempts: written(language, about.attempts),
    usual: written(language, about.usualPercent, '%'),
    paidAt: day(paidAt),
    ...(amount !== undefined && currency && { amount: money(language, amount, currency) }),
    ...(credits && { credits: new Intl.NumberFormat(language).format(credits) }),
  };
}

const written = (language: Language, value: number | undefined, unit = ''): string | undefined =>
  value === undefined
    ? undefined
    : `${new Intl.NumberFormat(language).format(value)}${unit && `\u00a0${unit}`}`;

/** Minor units with the decimals Stripe gives the currency, which are not always those of ISO 4217. */
function money(language: Language, amount: number, currency: string): string {
  const digits = decimalsOf(currency);
  const options = {
    style: 'currency',
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  } as const;
  return new Intl.NumberFormat(language, options).format(amount / 10 ** digits);
}

/** A subject is one line whatever a name holds. */
const oneLine = (value: string): string =>
  value
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(0, 200);

const escaped = (value: string): string =>
  value.replace(
    /[&<>"']/g,
    (found) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[found] ?? '',
  );

const defaultColor = '#1f2937';

/** White or black, whichever is easier to read on the colour (WCAG relative luminance). */
export function readableOn(color: string): '#ffffff' | '#000000' {
  const channels = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255);
  const [r = 0, g = 0, b = 0] = channels.map((one) =>
    one <= 0.040_45 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4,
  );
  const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.05 ? '#ffffff' : '#000000';
}

type Page = {
  language: Language;
  brand: Brand;
  subject: string;
  greeting: string;
  lines: string[];
  questions: string[];
  button: string | undefined;
  link: string | undefined;
};

function page({ language, brand, subject, greeting, lines, questions, button, link }: Page): string {
  const color = brand.color ?? defaultColor;
  const paragraph = (line: string) => `<p style="margin:0 0 16px">${escaped(line)}</p>`;
  const style = `display:inline-block;padding:12px 24px;border-radius:6px;text-decoration:none;font-weight:600;background:${color};color:${readableOn(color)}`;
  const logo =
    brand.logoUrl && /^https:\/\/[^\s"<>]+$/.test(brand.logoUrl)
      ? `<img src="${escaped(brand.logoUrl)}" alt="${escaped(brand.name)}" height="40" style="display:block;max-width:240px;border:0">`
      : `<strong style="font-size:18px">${escaped(brand.name)}</strong>`;
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(subject)}</title></head>
<body style="margin:0;background:#f3f4f6"><div style="display:none;max-height:0;overflow:hidden">${escaped(lines[0] ?? '')}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center" style="padding:24px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:600px;background:#ffffff;border-radius:8px;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;color:#111827">
<tr><td style="padding:24px 32px;border-bottom:3px solid ${color}">${logo}</td></tr>
<tr><td style="padding:32px">${[greeting, ...lines].map(paragraph).join('')}${link && button ? `<p style="margin:8px 0 24px"><a href="${escaped(link)}" style="${style}">${escaped(button)}</a></p>` : ''}${questions.map(paragraph).join('')}<p style="margin:0;color:#4b5563">${escaped(brand.name)}</p></td></tr>
</table></td></tr></table></body></html>`;
}
