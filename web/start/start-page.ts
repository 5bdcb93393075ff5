import type { Endpoints } from '../endpoints.ts';

const cards: [number: string, what: string][] = [
  ['4242 4242 4242 4242', 'Is paid at once'],
  ['5555 5555 5555 4444', 'Is paid at once, a Mastercard'],
  ['4000 0000 0000 0002', 'Is declined'],
  ['4000 0000 0000 9995', 'Is declined: insufficient funds'],
  ['4000 0025 0000 3155', 'Asks for authentication once (3D Secure)'],
  ['4000 0027 6000 3184', 'Asks for authentication every time'],
  ['4000 0000 0000 0341', 'Can be saved, fails when it is charged'],
];

const steps: [title: string, text: string][] = [
  [
    'Ask something',
    'Open the demonstration and ask the assistant a question. Without a plan it answers with its plans.',
  ],
  ['Buy a plan', 'Choose one and pay with 4242 4242 4242 4242, any date to come and any security code.'],
  ['See it work', 'Access opens when Stripe’s webhook has arrived. Ask again: now you get an answer.'],
  [
    'Have a card declined',
    'Take another user at the top, pay with 4000 0000 0000 0002, then with a good card.',
  ],
  ['Meet your bank', 'Pay with 4000 0025 0000 3155 and complete, or fail, the authentication.'],
  ['Cancel, then resume', 'Access stays until the period ends; until then the plan can be resumed.'],
  [
    'Let a month pass',
    'Advance the clock: the renewal is charged, credits are granted anew, a cancelled plan ends.',
  ],
];

const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);

export function startPage({ api, stripe, web, control }: Endpoints): string {
  const links: [name: string, url: string, what: string][] = [
    ['API', `${api}/health`, api],
    ['API description', `${api}/openapi.json`, 'OpenAPI 3.1'],
    ['Stripe', stripe, 'the emulator: Stripe’s own API'],
    // Only the emulator has one.
    ...(stripe.startsWith('http://')
      ? [
          [
            'Stripe inspector',
            `${stripe}/_/inspector`,
            'accounts, objects, requests, events, webhooks, time',
          ] satisfies [string, string, string],
        ]
      : []),
    ['Stripe.js', `${stripe}/js/stripe.js`, 'the script the demonstration pays with'],
    ['Control', `${control}/clock`, 'tokens, clock, faults, queues'],
    ['Mail', `${control}/mail`, 'messages the stack has sent'],
  ];
  const row = ([name, url, what]: [string, string, string]) =>
    `<tr><th scope="row">${name}</th><td><a href="${escapeHtml(url)}">${escapeHtml(url)}</a></td><td>${escapeHtml(what)}</td></tr>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Platform Stripe Connector</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="/icon.svg"><link rel="stylesheet" href="/start.css"></head>
<body><main>
<header><img src="/icon.svg" width="44" height="44" alt=""><div><h1>Platform Stripe Connector</h1>
<p>The whole stack runs on this machine. No money moves.</p></div>
<a class="button primary" id="open-demo" href="${escapeHtml(web)}/demo">Open the demonstration</a></header>
<section><h2>Try it</h2><ol class="steps">${steps
    .map(([title, text]) => `<li><h3>${title}</h3><p>${text}</p></li>`)
    .join('')}</ol></section>
<section><h2>Test cards</h2><p class="note">Any expiry date to come, any security code.</p>
<div class="scroll"><table>${cards
    .map(([number, what]) => `<tr><th scope="row"><code>${number}</code></th><td>${what}</td></tr>`)
    .join('')}</table></div></section>
<section><h2>Where things are</h2><div class="scroll"><table>${links.map(row).join('')}</table></div></section>
</main></body></html>`;
}
