import type { Words } from '../letter.ts';

export const es: Words = {
  greeting: 'Hola:',
  questions: (address) => `¿Preguntas? Escriba a ${address}.`,
  welcome: ({ brand, plan, until, credits }) => ({
    subject: `Le damos la bienvenida a ${plan}`,
    lines: [
      `su acceso a ${plan} en ${brand} está abierto.`,
      ...(credits ? [`Incluye ${credits} créditos para este periodo.`] : []),
      ...(until ? [`Su prueba gratuita dura hasta el ${until}.`] : []),
      'Puede cambiar o cancelar su plan en cualquier momento, en el chat.',
    ],
  }),
  receipt: ({ brand, plan, amount, paidAt, number }) => ({
    subject: `Su recibo de ${brand}`,
    lines: [
      `gracias. Hemos recibido ${amount ?? 'su pago'} por ${plan}${paidAt ? ` el ${paidAt}` : ''}.`,
      ...(number ? [`Número de factura: ${number}.`] : []),
    ],
    button: 'Ver la factura',
  }),
  trial_ending: ({ plan, amount, until }) => ({
    subject: `Su prueba de ${plan} termina${until ? ` el ${until}` : ' pronto'}`,
    lines: [
      `su prueba gratuita de ${plan} termina${until ? ` el ${until}` : ' pronto'}.`,
      amount ? `Después, el plan cuesta ${amount}.` : 'Después, el plan es de pago.',
      'Si no lo desea, cancele antes en el chat; no se le cobrará nada.',
    ],
  }),
  payment_failed: ({ plan, amount, until }) => ({
    subject: `Su pago de ${plan} no se ha realizado`,
    lines: [
      `no hemos podido cobrar ${amount ?? 'su pago'} por ${plan}.`,
      ...(until ? [`Por ahora nada cambia: su acceso sigue abierto hasta el ${until}.`] : []),
      'Pague la factura o cambie su tarjeta en el chat.',
    ],
    button: 'Pagar ahora',
  }),
  reminder: ({ plan, amount }) => ({
    subject: `${plan} sigue sin pagar`,
    lines: [
      `un recordatorio: ${amount ?? 'un importe'} por ${plan} sigue pendiente.`,
      'Pague la factura o cambie su tarjeta en el chat.',
    ],
    button: 'Pagar ahora',
  }),
  last_notice: ({ plan, amount, until }) => ({
    subject: `Último aviso: ${plan} está sin pagar`,
    lines: [
      `${amount ?? 'un importe'} por ${plan} sigue pendiente.`,
      until
        ? `Si no se paga, su acceso se limitará o terminará el ${until}.`
        : 'Si no se paga, su acceso terminará.',
    ],
    button: 'Pagar ahora',
  }),
  restricted: ({ plan, amount, until }) => ({
    subject: `Su acceso a ${plan} está limitado`,
    lines: [
      `como ${amount ?? 'un importe'} por ${plan} está sin pagar, su acceso está limitado desde ahora.`,
      ...(until ? [`El ${until} su plan termina.`] : []),
      'Se restablece en cuanto pague.',
    ],
    button: 'Pagar ahora',
  }),
  recovered: ({ plan }) => ({
    subject: `Gracias: ${plan} está pagado`,
    lines: [`su pago de ${plan} ha llegado y su acceso está restablecido por completo.`],
  }),
  ended: ({ brand, plan }) => ({
    subject: `Su plan ${plan} ha terminado`,
    lines: [`su plan ${plan} en ${brand} ha terminado.`, 'Puede volver cuando quiera.'],
  }),
  payment_action_required: ({ plan, amount }) => ({
    subject: `Su banco le pide confirmar un pago de ${plan}`,
    lines: [
      `su banco quiere que confirme el pago de ${amount ?? 'su factura'} por ${plan}.`,
      'Solo lleva un momento; sin confirmación no se paga.',
    ],
    button: 'Confirmar el pago',
  }),
  card_expiring: ({ plan, card, until }) => ({
    subject: 'Su tarjeta caduca pronto',
    lines: [
      `la tarjeta ${card ?? ''} que paga ${plan} caduca${until ? ` el ${until}` : ' pronto'}.`,
      'Añada una nueva en el chat para que su acceso siga sin pausas.',
    ],
  }),
  payments_failing: ({ plan, failed = '', attempts = '', usual = '', live }) => ({
    subject: `Están fallando pagos de ${plan}`,
    lines: [
      `${failed} de ${attempts} pagos de ${plan} han fallado en el último cuarto de hora; lo habitual es ${usual}.`,
      live ? 'Se trata de pagos reales.' : 'Se trata del modo de prueba, sin dinero real.',
      'Su panel de Stripe indica la causa de cada fallo. Volveremos a escribir dentro de una hora si continúa.',
    ],
  }),
};
