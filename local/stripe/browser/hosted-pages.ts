import { document } from './pages.ts';

type Page = 'checkout' | 'portal';
const titles: Record<Page, string> = { checkout: 'Stripe Checkout', portal: 'Billing' };

/** The page of a Checkout Session or of the billing portal; its script asks for the rest. */
export const hostedPage = (name: Page, id: string, key: string) =>
  document(
    titles[name],
    name,
    `<main id="app" data-id="${id}" data-key="${key}"><p class="muted" role="status">Loading…</p></main>`,
    true,
  );

export const hostedCss = `
:root{--primary:#0a58ca;--background:#fff;--text:#1b2233;--muted:#5c6478;--danger:#b3194a;--border:#cfd4de;
--radius:8px;color-scheme:light}
*{box-sizing:border-box}[hidden]{display:none!important}
body{margin:0;font:16px/1.45 system-ui,-apple-system,"Segoe UI",sans-serif;color:var(--text);background:#f5f6f9}
[data-embedded] body{background:transparent}
h1{font-size:22px;line-height:1.25;margin:0 0 6px}h2{font-size:18px;margin:0 0 10px}h2:focus{outline:0}
p{margin:0 0 8px}.muted{color:var(--muted);font-size:.9em;font-weight:400}
.columns{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);max-width:1000px;margin:0 auto;gap:48px;
padding:48px 24px;align-items:start}
[data-embedded] .columns{padding:8px}
@media (max-width:760px){.columns{grid-template-columns:minmax(0,1fr);gap:24px;padding:20px 16px}}
form,.card,.over{background:var(--background);border:1px solid #e3e6ed;border-radius:14px;padding:24px}
form{display:grid;gap:14px}.over{max-width:460px;margin:10vh auto;text-align:center}
.seller{display:flex;align-items:center;gap:10px;font-weight:650}.back{display:block;margin-bottom:16px}
.mode,.badge{font-size:11px;font-weight:700;letter-spacing:.03em;padding:2px 7px;border-radius:5px;
background:#ffe8b3;color:#5c3c00}.badge{background:#e8ecf4;color:#39425a}
.due{font-size:34px;font-weight:700;margin:0 0 18px}.items{list-style:none;margin:0 0 12px;padding:0}
.item,.total{display:flex;justify-content:space-between;gap:16px;margin-bottom:10px}
.item p{margin:0}.name{font-weight:600}.amount{white-space:nowrap}
.strong{font-weight:700;border-top:1px solid #dfe3ea;padding-top:12px;margin-top:12px}
label,legend{display:block;font-size:.88em;font-weight:550;margin-bottom:5px;padding:0}
.box{position:relative}
input:not([type=radio],[type=checkbox]),select{width:100%;height:44px;padding:0 12px;border:1px solid var(--border);
border-radius:var(--radius);background:var(--background);color:var(--text);font:inherit}
input[readonly]{background:#f1f3f7}
input:focus-visible,select:focus-visible,button:focus-visible,a:focus-visible{outline:3px solid #8fb4ff;outline-offset:1px}
input[aria-invalid=true]{border-color:var(--danger)}
.quantity{max-width:90px}.inline{display:flex;align-items:center;gap:10px;flex-wrap:wrap}.inline label{margin:0}
.grid{display:grid;grid-template-columns:1fr 1fr;gap:12px;margin-top:8px}.grid #field-number{grid-column:1/-1}
fieldset{border:0;margin:0;padding:0;min-width:0}
.option,.check{display:flex;align-items:center;gap:10px;margin:6px 0;flex-wrap:wrap}
.option label,.check label{margin:0;font-weight:450;flex:1}
.error{margin:5px 0 0;color:var(--danger);font-size:.88em}.error:empty{display:none}.check .error{width:100%}
.brand{position:absolute;right:12px;top:50%;translate:0 -50%;font-size:11px;font-weight:700;padding:3px 7px;
border-radius:5px;background:#eceff4;pointer-events:none}.brand:empty{display:none}
.apply{position:absolute;right:4px;top:4px;height:36px}
button{min-height:40px;padding:0 16px;border:1px solid var(--border);border-radius:var(--radius);background:#fff;
color:var(--text);font:inherit;font-weight:600;cursor:pointer}
button.primary{min-height:48px;background:var(--primary);border-color:var(--primary);color:#fff}
button.link{border:0;background:none;padding:0 4px;min-height:28px;color:var(--primary);text-decoration:underline}
button:disabled{opacity:.6;cursor:default}a{color:var(--primary)}
.portal{max-width:760px;margin:0 auto;padding:32px 16px;display:grid;gap:20px}
.content{display:grid;gap:20px}.actions{display:flex;gap:10px;flex-wrap:wrap}
.rows{list-style:none;margin:0 0 8px;padding:0}
.rows li{display:flex;gap:14px;align-items:center;flex-wrap:wrap;padding:9px 0;border-bottom:1px solid #e8ebf1}
footer{display:flex;gap:16px}
@media (prefers-reduced-motion:reduce){*{transition:none!important}}`;
