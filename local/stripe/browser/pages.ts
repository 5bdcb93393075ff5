/** A page with its style sheet and script; `frames` lets it show frames of its own origin. */
export const document = (title: string, name: string, body: string, frames = false) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'${frames ? "; frame-src 'self'" : ''}">
<link rel="stylesheet" href="/elements/${name}.css"></head>
<body>${body}<script src="/elements/${name}.js"></script></body></html>`;

const field = (id: string, label: string, attributes: string, extra = '') => `
<div class="field" id="field-${id}"><label for="${id}">${label}</label>
<div class="box"><input id="${id}" inputmode="numeric" spellcheck="false" aria-describedby="${id}-error" aria-required="true" ${attributes}>${extra}</div>
<p class="error" id="${id}-error" role="alert"></p></div>`;

export const paymentPage = document(
  'Secure payment input frame',
  'payment',
  `<form novalidate aria-label="Card">${field(
    'number',
    'Card number',
    'name="cardnumber" autocomplete="cc-number" placeholder="1234 1234 1234 1234"',
    '<span id="brand" class="brand"></span>',
  )}${field('expiry', 'Expiration date', 'name="exp-date" autocomplete="cc-exp" placeholder="MM / YY"')}${field(
    'cvc',
    'Security code',
    'name="cvc" autocomplete="cc-csc" placeholder="CVC"',
  )}</form>`,
);

export const challengePage = document(
  '3D Secure 2 test page',
  'challenge',
  `<main><p class="bank"><span>Test Bank</span><span class="scheme">3D Secure 2</span></p>
<h1>Confirm it’s you</h1>
<p>This is a stand-in for the page of the cardholder’s bank. A real one would send a code or ask in the bank’s app.</p>
<p id="note" role="status"></p>
<button id="complete" class="primary">Complete authentication</button>
<button id="fail">Fail authentication</button></main>`,
);

export const paymentCss = `
:root{--primary:#0570de;--background:#fff;--text:#30313d;--muted:#6d6e78;--danger:#c4234d;--border:#d5d8df;
--radius:8px;--size:16px;--font:system-ui,-apple-system,"Segoe UI",sans-serif;color-scheme:light}
:root[data-theme=night]{--background:#1f2230;--text:#f2f3f7;--muted:#a3a8ba;--danger:#ff8aa5;--border:#474c62;
color-scheme:dark}
*{box-sizing:border-box}html,body{margin:0;background:transparent}
body{font:var(--size)/1.4 var(--font);color:var(--text);padding:3px}
form{display:grid;grid-template-columns:1fr 1fr;gap:14px 12px;margin:0}
#field-number{grid-column:1/-1}
fieldset{border:0;margin:0 0 12px;padding:0;min-width:0}legend{font-size:.86em;font-weight:500;padding:0;margin-bottom:5px}
[hidden]{display:none!important}#bank{display:grid;gap:12px}
.choice{display:flex;align-items:center;gap:9px;margin:7px 0}.choice label{margin:0}
.choice input{width:18px;height:18px;margin:0;padding:0}
label{display:block;font-size:.86em;font-weight:500;margin-bottom:5px}
.box{position:relative}
input{width:100%;height:46px;padding:0 13px;border:1px solid var(--border);border-radius:var(--radius);
background:var(--background);color:var(--text);font:inherit;font-variant-numeric:tabular-nums;
transition:border-color .12s,box-shadow .12s}
input::placeholder{color:var(--muted);opacity:.85}
input:focus{outline:2px solid transparent;border-color:var(--primary);
box-shadow:0 0 0 3px color-mix(in srgb,var(--primary) 28%,transparent)}
input[aria-invalid=true]{border-color:var(--danger);color:var(--danger)}
.error{margin:5px 0 0;color:var(--danger);font-size:.86em}.error:empty{display:none}
.brand{position:absolute;right:12px;top:50%;translate:0 -50%;font-size:11px;font-weight:700;letter-spacing:.04em;
padding:3px 7px;border-radius:5px;background:color-mix(in srgb,var(--text) 9%,transparent);color:var(--text);
pointer-events:none}.brand:empty{display:none}
@media (max-width:260px){form{grid-template-columns:1fr}}
@media (prefers-reduced-motion:reduce){*{transition:none!important}}`;

export const challengeCss = `
:root{color-scheme:light}*{box-sizing:border-box}
body{margin:0;font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif;color:#1d2333;background:#fff}
main{max-width:430px;margin:0 auto;padding:28px}
.bank{display:flex;justify-content:space-between;align-items:center;margin:0 0 22px;padding-bottom:16px;
border-bottom:1px solid #e4e7ee;font-weight:650}.scheme{font-size:12px;font-weight:500;color:#5d6579}
h1{font-size:22px;line-height:1.25;margin:0 0 8px}p{margin:0 0 14px}
#note{min-height:1.5em;color:#5d6579;margin-bottom:8px}
button{display:block;width:100%;min-height:48px;margin:0 0 10px;border-radius:10px;border:1px solid #c8cedb;
background:#fff;color:#1d2333;font:inherit;font-weight:600;cursor:pointer}
button.primary{background:#1d3fbb;border-color:#1d3fbb;color:#fff}
button:focus-visible{outline:3px solid #8fa7ff;outline-offset:2px}button:disabled{opacity:.55;cursor:default}`;
