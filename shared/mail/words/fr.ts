import type { Words } from '../letter.ts';

export const fr: Words = {
  greeting: 'Bonjour,',
  questions: (address) => `Une question ? Écrivez à ${address}.`,
  welcome: ({ brand, plan, until, credits }) => ({
    subject: `Bienvenue dans ${plan}`,
    lines: [
      `votre accès à ${plan} chez ${brand} est ouvert.`,
      ...(credits ? [`Il comprend ${credits} crédits pour cette période.`] : []),
      ...(until ? [`Votre essai gratuit court jusqu’au ${until}.`] : []),
      'Vous pouvez changer ou résilier votre formule à tout moment, dans la conversation.',
    ],
  }),
  receipt: ({ brand, plan, amount, paidAt, number }) => ({
    subject: `Votre reçu de ${brand}`,
    lines: [
      `merci. Nous avons reçu ${amount ?? 'votre paiement'} pour ${plan}${paidAt ? ` le ${paidAt}` : ''}.`,
      ...(number ? [`Numéro de facture : ${number}.`] : []),
    ],
    button: 'Voir la facture',
  }),
  trial_ending: ({ plan, amount, until }) => ({
    subject: `Votre essai de ${plan} se termine${until ? ` le ${until}` : ' bientôt'}`,
    lines: [
      `votre essai gratuit de ${plan} se termine${until ? ` le ${until}` : ' bientôt'}.`,
      amount ? `La formule coûte ensuite ${amount}.` : 'La formule devient ensuite payante.',
      'Si vous ne le souhaitez pas, résiliez avant cette date dans la conversation ; rien ne sera prélevé.',
    ],
  }),
  payment_failed: ({ plan, amount, until }) => ({
    subject: `Votre paiement pour ${plan} a échoué`,
    lines: [
      `nous n’avons pas pu encaisser ${amount ?? 'votre paiement'} pour ${plan}.`,
      ...(until ? [`Rien ne change pour l’instant : votre accès reste ouvert jusqu’au ${until}.`] : []),
      'Réglez la facture ou remplacez votre carte dans la conversation.',
    ],
    button: 'Payer maintenant',
  }),
  reminder: ({ plan, amount }) => ({
    subject: `${plan} n’est pas encore réglé`,
    lines: [
      `un rappel : ${amount ?? 'un montant'} pour ${plan} reste à régler.`,
      'Réglez la facture ou remplacez votre carte dans la conversation.',
    ],
    button: 'Payer maintenant',
  }),
  last_notice: ({ plan, amount, until }) => ({
    subject: `Dernier rappel : ${plan} est impayé`,
    lines: [
      `${amount ?? 'un montant'} pour ${plan} reste à régler.`,
      until
        ? `Sans règlement, votre accès sera restreint ou prendra fin le ${until}.`
        : 'Sans règlement, votre accès prendra fin.',
    ],
    button: 'Payer maintenant',
  }),
  restricted: ({ plan, amount, until }) => ({
    subject: `Votre accès à ${plan} est restreint`,
    lines: [
      `${amount ?? 'un montant'} pour ${plan} étant impayé, votre accès est désormais restreint.`,
      ...(until ? [`Le ${until}, votre formule prendra fin.`] : []),
      'Il est rétabli dès que vous payez.',
    ],
    button: 'Payer maintenant',
  }),
  recovered: ({ plan }) => ({
    subject: `Merci : ${plan} est réglé`,
    lines: [`votre paiement pour ${plan} est arrivé, votre accès est entièrement rétabli.`],
  }),
  ended: ({ brand, plan }) => ({
    subject: `Votre formule ${plan} a pris fin`,
    lines: [`votre formule ${plan} chez ${brand} a pris fin.`, 'Vous êtes toujours le bienvenu.'],
  }),
  payment_action_required: ({ plan, amount }) => ({
    subject: `Votre banque demande de confirmer un paiement pour ${plan}`,
    lines: [
      `votre banque souhaite que vous confirmiez le paiement de ${amount ?? 'votre facture'} pour ${plan}.`,
      'Cela ne prend qu’un instant ; sans confirmation, le paiement n’a pas lieu.',
    ],
    button: 'Confirmer le paiement',
  }),
  card_expiring: ({ plan, card, until }) => ({
    subject: 'Votre carte expire bientôt',
    lines: [
      `la carte ${card ?? ''} qui paie ${plan} expire${until ? ` le ${until}` : ' bientôt'}.`,
      'Ajoutez-en une nouvelle dans la conversation pour garder votre accès sans interruption.',
    ],
  }),
  payments_failing: ({ plan, failed = '', attempts = '', usual = '', live }) => ({
    subject: `Des paiements de ${plan} échouent`,
    lines: [
      `${failed} paiements sur ${attempts} de ${plan} ont échoué pendant le dernier quart d’heure ; d’habitude, c’est ${usual}.`,
      live ? 'Il s’agit de paiements réels.' : 'Il s’agit du mode test, sans argent réel.',
      'Votre tableau de bord Stripe indique la raison de chaque échec. Nous vous écrirons dans une heure si cela continue.',
    ],
  }),
};
