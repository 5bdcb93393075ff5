import type { InvoiceRow } from '../core/rows.ts';
import { money, sums } from './paper.ts';

function escaped(text: string) {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

const style =
  'body{font:16px system-ui,sans-serif;max-width:36rem;margin:3rem auto;padding:0 1rem;color:#1a1f36}' +
  'table{width:100%;border-collapse:collapse}td{padding:.4rem 0;border-bottom:1px solid #e3e8ee}' +
  'td:last-child{text-align:right}label{display:block;margin:.6rem 0}input{font:inherit;padding:.4rem;width:100%;box-sizing:border-box}' +
  'button{font:inherit;padding:.6rem 1.2rem;margin-top:1rem}[role=alert]{color:#a41c4e}';

const form = (amount: string) => `<form method="post">
<label>Card number <input name="number" inputmode="numeric" autocomplete="cc-number" required></label>
<label>Expiry (MM / YY) <input name="expiry" placeholder="12 / 34" autocomplete="cc-exp" required></label>
<label>CVC <input name="cvc" inputmode="numeric" autocomplete="cc-csc" required></label>
<button>Pay ${escaped(amount)}</button>
</form>`;

/** The page a customer is sent to; an open invoice can be paid on it. */
export function invoicePage(invoice: InvoiceRow, error: string | undefined) {
  const rows = [
    ...invoice.lines.data.map(
      ({ description, amount }) => [description ?? '', money(amount, invoice.currency)] as const,
    ),
    ...sums(invoice),
  ];
  const table = rows.map(([name, value]) => `<tr><td>${escaped(name)}</td><td>${escaped(value)}</td></tr>`);
  const title = `Invoice ${invoice.number ?? ''}`;
  const payable = invoice.status === 'open' || invoice.status === 'uncollectible';
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>${style}</style></head><body>
<h1>${escaped(title)}</h1><p>${escaped(invoice.account_name ?? '')}</p>
<p>Status: <strong data-status>${invoice.status}</strong></p><table>${table.join('')}</table>
<p><a href="${escaped(invoice.invoice_pdf ?? '')}">Download invoice</a></p>
${error ? `<p role="alert">${escaped(error)}</p>` : ''}
${payable ? form(money(invoice.amount_remaining, invoice.currency)) : ''}</body></html>`;
}
