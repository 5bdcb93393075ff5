import type { MailTemplate } from '../contract/own-events.ts';

/** Everything a letter may name, written out in the language of its reader. Absent where it is not known. */
export type Facts = {
  brand: string;
  plan: string;
  amount?: string | undefined;
  /** The day something ends or is due. */
  until?: string | undefined;
  paidAt?: string | undefined;
  number?: string | undefined;
  credits?: string | undefined;
  card?: string | undefined;
  /** Of an alert: numbers, as they are written. */
  failed?: string | undefined;
  attempts?: string | undefined;
  usual?: string | undefined;
  /** Whether it is about real money. */
  live?: boolean | undefined;
};
/** To people, and to those who run an organisation. */
export type LetterName = MailTemplate | 'payments_failing';
/** What is said, in plain sentences. `button` names the link, where the letter has one. */
export type Letter = { subject: string; lines: string[]; button?: string };
/** A language: a letter for every template, so that a missing one does not compile. */
export type Words = Record<LetterName, (facts: Facts) => Letter> & {
  greeting: string;
  questions: (address: string) => string;
};
