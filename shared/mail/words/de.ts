import type { Words } from '../letter.ts';

export const de: Words = {
  greeting: 'Guten Tag,',
  questions: (address) => `Fragen? Schreiben Sie an ${address}.`,
  welcome: ({ brand, plan, until, credits }) => ({
    subject: `Willkommen bei ${plan}`,
    lines: [
      `Ihr Zugang zu ${plan} bei ${brand} ist freigeschaltet.`,
      ...(credits ? [`Er enthält ${credits} Credits für diesen Zeitraum.`] : []),
      ...(until ? [`Ihre kostenlose Probezeit läuft bis zum ${until}.`] : []),
      'Sie können Ihren Tarif jederzeit im Chat ändern oder kündigen.',
    ],
  }),
  receipt: ({ brand, plan, amount, paidAt, number }) => ({
    subject: `Ihr Beleg von ${brand}`,
    lines: [
      `vielen Dank. Wir haben ${amount ?? 'Ihre Zahlung'} für ${plan}${paidAt ? ` am ${paidAt}` : ''} erhalten.`,
      ...(number ? [`Rechnungsnummer: ${number}.`] : []),
    ],
    button: 'Rechnung ansehen',
  }),
  trial_ending: ({ plan, amount, until }) => ({
    subject: `Ihre Probezeit von ${plan} endet${until ? ` am ${until}` : ' bald'}`,
    lines: [
      `Ihre kostenlose Probezeit von ${plan} endet${until ? ` am ${until}` : ' bald'}.`,
      amount ? `Danach kostet der Tarif ${amount}.` : 'Danach ist der Tarif kostenpflichtig.',
      'Wenn Sie das nicht möchten, kündigen Sie vorher im Chat; dann wird nichts berechnet.',
    ],
  }),
  payment_failed: ({ plan, amount, until }) => ({
    subject: `Ihre Zahlung für ${plan} ist fehlgeschlagen`,
    lines: [
      `wir konnten ${amount ?? 'Ihre Zahlung'} für ${plan} nicht einziehen.`,
      ...(until ? [`Vorerst ändert sich nichts: Ihr Zugang bleibt bis zum ${until} bestehen.`] : []),
      'Bitte begleichen Sie die Rechnung oder hinterlegen Sie im Chat eine andere Karte.',
    ],
    button: 'Jetzt bezahlen',
  }),
  reminder: ({ plan, amount }) => ({
    subject: `${plan} ist noch nicht bezahlt`,
    lines: [
      `zur Erinnerung: ${amount ?? 'ein Betrag'} für ${plan} ist noch offen.`,
      'Bitte begleichen Sie die Rechnung oder hinterlegen Sie im Chat eine andere Karte.',
    ],
    button: 'Jetzt bezahlen',
  }),
  last_notice: ({ plan, amount, until }) => ({
    subject: `Letzte Erinnerung: ${plan} ist unbezahlt`,
    lines: [
      `${amount ?? 'ein Betrag'} für ${plan} ist noch offen.`,
      until
        ? `Bleibt er unbezahlt, wird Ihr Zugang am ${until} eingeschränkt oder beendet.`
        : 'Bleibt er unbezahlt, endet Ihr Zugang.',
    ],
    button: 'Jetzt bezahlen',
  }),
  restricted: ({ plan, amount, until }) => ({
    subject: `Ihr Zugang zu ${plan} ist eingeschränkt`,
    lines: [
      `weil ${amount ?? 'ein Betrag'} für ${plan} unbezahlt ist, ist Ihr Zugang jetzt eingeschränkt.`,
      ...(until ? [`Am ${until} endet Ihr Tarif.`] : []),
      'Sobald Sie bezahlen, ist er sofort wieder frei.',
    ],
    button: 'Jetzt bezahlen',
  }),
  recovered: ({ plan }) => ({
    subject: `Danke: ${plan} ist bezahlt`,
    lines: [`Ihre Zahlung für ${plan} ist eingegangen, Ihr Zugang ist wieder voll freigeschaltet.`],
  }),
  ended: ({ brand, plan }) => ({
    subject: `Ihr Tarif ${plan} ist beendet`,
    lines: [`Ihr Tarif ${plan} bei ${brand} ist beendet.`, 'Sie sind jederzeit wieder willkommen.'],
  }),
  payment_action_required: ({ plan, amount }) => ({
    subject: `Ihre Bank bittet um Bestätigung einer Zahlung für ${plan}`,
    lines: [
      `Ihre Bank möchte, dass Sie die Zahlung von ${amount ?? 'Ihrer Rechnung'} für ${plan} bestätigen.`,
      'Das dauert nur einen Moment; ohne Bestätigung wird nicht gezahlt.',
    ],
    button: 'Zahlung bestätigen',
  }),
  card_expiring: ({ plan, card, until }) => ({
    subject: 'Ihre Karte läuft bald ab',
    lines: [
      `die Karte ${card ?? ''}, mit der ${plan} bezahlt wird, läuft${until ? ` am ${until}` : ' bald'} ab.`,
      'Hinterlegen Sie im Chat eine neue, damit Ihr Zugang ohne Pause weitergeht.',
    ],
  }),
  payments_failing: ({ plan, failed = '', attempts = '', usual = '', live }) => ({
    subject: `Zahlungen von ${plan} schlagen fehl`,
    lines: [
      `${failed} von ${attempts} Zahlungen von ${plan} sind in der letzten Viertelstunde fehlgeschlagen; sonst sind es ${usual}.`,
      live ? 'Es geht um echte Zahlungen.' : 'Es geht um den Testmodus, nicht um echtes Geld.',
      'Ihr Stripe-Dashboard nennt den Grund jeder Zahlung. Wir melden uns in einer Stunde wieder, wenn es so weitergeht.',
    ],
  }),
};
