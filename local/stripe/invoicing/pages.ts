import type { IncomingMessage, ServerResponse } from 'node:http';
import { StripeFault } from '../core/fault.ts';
import { decodeForm, type Raw } from '../core/form.ts';
import { bodyOf, sendText } from '../core/http.ts';
import type { Method } from '../core/routes.ts';
import type { PaymentIntentRow } from '../core/rows.ts';
import type { Actor, Tx } from '../core/tx.ts';
import type { Engine } from '../engine.ts';
import { invoicePage } from './page-html.ts';
import { creditNotePaper, invoicePaper } from './paper.ts';
import { pdfOf } from './pdf.ts';

const nobody = { id: null, idempotency_key: null };

function actorOf(engine: Engine, id: string): Actor | undefined {
  const found = engine.store.get<{ scope: string }>('SELECT scope FROM objects WHERE id = ?', id);
  if (!found) return undefined;
  const [account = '', mode] = found.scope.split('/');
  return { account, livemode: mode === 'live', application: null, browser: true, base: engine.base };
}

function call(engine: Engine, tx: Tx, method: Method, path: string, raw: { [key: string]: Raw }) {
  const match = engine.match(method, path);
  if (!match) throw new Error(`No endpoint ${method} ${path}`);
  return engine.call(tx, match, raw);
}

/** Pays with the card of the form, as a customer in a browser does. Where the bank asks, answers where to go. */
function pay(engine: Engine, actor: Actor, id: string, form: { [key: string]: Raw }): string | undefined {
  const [month = '', year = ''] = String(form.expiry ?? '').split('/');
  const number = String(form.number ?? '').replaceAll(/\s/g, '');
  const intent = engine.transact(actor, nobody, (tx) => {
    const card = { number, exp_month: month.trim(), exp_year: year.trim(), cvc: String(form.cvc ?? '') };
    const method = call(engine, tx, 'POST', '/v1/payment_methods', { type: 'card', card });
    const invoice = tx.need('invoice', id);
    const { client_secret: secret } = tx.need('payment_intent', invoice._.paymentIntent ?? '');
    return call(engine, tx, 'POST', `/v1/payment_intents/${invoice._.paymentIntent}/confirm`, {
      payment_method: (method as { id: string }).id,
      return_url: invoice.hosted_invoice_url ?? '',
      client_secret: secret ?? '',
    }) as PaymentIntentRow;
  });
  return intent.next_action?.redirect_to_url?.url ?? undefined;
}

function sendPdf(response: ServerResponse, pdf: Buffer) {
  response.writeHead(200, { 'content-type': 'application/pdf', 'content-length': pdf.length });
  response.end(pdf);
}

/** `hosted_invoice_url`, `invoice_pdf` and a credit note's `pdf`. https://docs.stripe.com/invoicing/hosted-invoice-page */
export async function invoicePages(
  engine: Engine,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
) {
  const [, , kind, id = '', file] = url.pathname.split('/');
  const actor = actorOf(engine, id);
  if (!actor) return sendText(response, 404, 'text/plain', 'Not found');
  if (kind === 'credit_notes') {
    const lines = engine.transact(actor, nobody, (tx) => creditNotePaper(tx.need('credit_note', id)));
    return sendPdf(response, pdfOf(lines));
  }
  const read = () => engine.transact(actor, nobody, (tx) => structuredClone(tx.need('invoice', id)));
  if (file === 'pdf') return sendPdf(response, pdfOf(invoicePaper(read())));
  let error: string | undefined;
  if (request.method === 'POST') {
    try {
      const challenge = pay(engine, actor, id, decodeForm(await bodyOf(request)));
      const location = challenge ?? url.pathname;
      return sendText(response, 303, 'text/plain', '', { location });
    } catch (fault) {
      if (!(fault instanceof StripeFault)) throw fault;
      error = fault.message;
    } finally {
      engine.webhooks.pump();
    }
  }
  sendText(response, error ? 402 : 200, 'text/html; charset=utf-8', invoicePage(read(), error));
}
