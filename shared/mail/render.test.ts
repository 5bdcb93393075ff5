import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mailTemplate } from '../contract/own-events.ts';
import { type Language, languageOf, languages, readableOn, renderMail } from './render.ts';

const templates = mailTemplate.def.entries;
const about = {
  plan: 'Professional',
  amount: 123_456,
  currency: 'usd',
  until: 1_795_000_000,
  paidAt: 1_795_000_000,
  number: 'ACME-0001',
  credits: 1000,
  card: 'Visa 4242',
  link: 'https://invoice.stripe.com/i/1?s=a&b=c',
};
const brand = { name: 'Acme', color: '#1a73e8', supportEmail: 'help@acme.example' };
const all = Object.values(templates).flatMap((template) =>
  (Object.keys(languages) as Language[]).map((language) => [template, language] as const),
);

describe.each(all)('%s in %s', (template, language) => {
  test('is complete, in text and in HTML, with what is known and with nothing but the plan', () => {
    for (const known of [about, { plan: 'Professional' }]) {
      const { subject, text, html } = renderMail(template, { language, brand, about: known });
      for (const part of [subject, text, html]) expect(part).not.toMatch(/undefined|NaN|\[object|\{|\}/);
      expect(subject.length).toBeGreaterThan(5);
      expect(text).toContain('help@acme.example');
      expect(html).toContain(`<html lang="${language}">`);
    }
  });

  test('says the same in text and HTML, and a hostile name does nothing', () => {
    const name = `<script>alert("1")</script>&'`;
    const hostile = { ...about, plan: `${name}\r\nBcc: everyone@example.com` };
    const { subject, text, html } = renderMail(template, {
      language,
      brand: { name, logoUrl: 'https://x.example/a.png" onerror="alert(1)' },
      about: hostile,
    });
    expect(subject).not.toMatch(/[\r\n]/);
    expect(text).not.toMatch(/^Bcc:/m);
    expect(html).not.toContain('<script');
    expect(html).not.toContain('onerror');
    const linked = text.includes(about.link);
    expect(html.includes('href="https://invoice.stripe.com/i/1?s=a&amp;b=c"')).toBe(linked);
    const unsafe = renderMail(template, {
      language,
      brand,
      about: { ...about, link: 'javascript:alert(1)' },
    });
    expect(unsafe.html + unsafe.text).not.toContain('javascript');
  });
});

test('money has the decimals of its currency, in the words of the language', () => {
  const said = (language: Language, amount: number, currency: string) =>
    renderMail('reminder', { language, brand, about: { plan: 'P', amount, currency } }).text;
  expect(said('en', 123_456, 'usd')).toContain('$1,234.56');
  expect(said('de', 123_456, 'eur')).toMatch(/1\.234,56\s€/);
  expect(said('en', 500, 'jpy')).toContain('¥500');
  expect(said('en', 12_340, 'kwd')).toMatch(/KWD\s12\.340/);
  // Iceland's crown has no decimals, and Stripe takes it with two.
  expect(said('fr', 50_000, 'isk')).toMatch(/500,00\sISK/);
});

test('the language is the person’s, else the country’s, else English', () => {
  expect(languageOf('constructor', undefined)).toBe('en');
  expect([languageOf('de-AT', 'FR'), languageOf(undefined, 'MX'), languageOf('ja', 'JP')]).toEqual([
    'de',
    'es',
    'en',
  ]);
});

test('what stands on any colour can be read: a contrast of 4.5 and more (WCAG AA)', () => {
  const channel = fc.nat(255);
  fc.assert(
    fc.property(channel, channel, channel, (...channels) => {
      const light = channels
        .map((one) => one / 255)
        .map((one) => (one <= 0.040_45 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
      const luminance = 0.2126 * (light[0] ?? 0) + 0.7152 * (light[1] ?? 0) + 0.0722 * (light[2] ?? 0);
      const color = `#${channels.map((one) => one.toString(16).padStart(2, '0')).join('')}`;
      const contrast =
        readableOn(color) === '#ffffff' ? 1.05 / (luminance + 0.05) : (luminance + 0.05) / 0.05;
      expect(contrast).toBeGreaterThanOrEqual(4.5);
    }),
  );
});
