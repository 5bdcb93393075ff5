import type { FromChallenge, Intent } from '../messages.ts';

/** The bank's page: in a frame over the page that sells, or a page of its own that returns there. */
const query = new URLSearchParams(location.search);
const id = query.get('intent') ?? location.pathname.split('/').pop() ?? '';
const secret = query.get('client_secret') ?? '';
const note = document.getElementById('note');
const buttons = [...document.querySelectorAll('button')];
let answered = false;

async function answer(outcome: 'complete' | 'fail'): Promise<void> {
  if (answered) return;
  answered = true;
  for (const button of buttons) button.disabled = true;
  if (note) note.textContent = 'One moment…';
  try {
    const response = await fetch(`/_/3ds/${encodeURIComponent(id)}/${outcome}`, {
      method: 'POST',
      body: new URLSearchParams({ client_secret: secret }),
    });
    if (!response.ok) throw new Error(`status ${response.status}`);
    leave(outcome, await response.json());
  } catch {
    answered = false;
    for (const button of buttons) button.disabled = false;
    if (note) note.textContent = 'The bank could not be reached. Please try again.';
  }
}

function leave(outcome: 'complete' | 'fail', intent: Pick<Intent, 'status'>): void {
  if (parent !== window) {
    const message: FromChallenge = { type: 'challenge', outcome };
    parent.postMessage(message, query.get('parent') ?? location.origin);
    return;
  }
  const back = query.get('return_url');
  if (!back || !/^https?:/.test(back)) {
    if (note) note.textContent = 'Done. You can close this page.';
    return;
  }
  const url = new URL(back);
  const kind = id.startsWith('seti_') ? 'setup_intent' : 'payment_intent';
  url.searchParams.set(kind, id);
  url.searchParams.set(`${kind}_client_secret`, secret);
  url.searchParams.set('redirect_status', intent.status.startsWith('requires_') ? 'failed' : 'succeeded');
  location.assign(url);
}

document.getElementById('complete')?.addEventListener('click', () => answer('complete'));
document.getElementById('fail')?.addEventListener('click', () => answer('fail'));
addEventListener('keydown', (event) => {
  if (event.key === 'Escape') void answer('fail');
});
/** Escape on the page around the frame. */
addEventListener('message', (event: MessageEvent<{ type: string }>) => {
  if (event.source === parent && event.data.type === 'cancel') void answer('fail');
});
document.getElementById('complete')?.focus();
