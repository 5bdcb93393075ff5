import type { FromChallenge } from '../messages.ts';

/** Shows the bank's page over this one until the cardholder has answered; Escape is a refusal. */
export function challenge(origin: string, intent: string, clientSecret: string): Promise<void> {
  const dialog = document.createElement('dialog');
  dialog.setAttribute('aria-label', 'Authenticate your payment');
  Object.assign(dialog.style, {
    position: 'fixed',
    inset: '0',
    width: '100vw',
    height: '100dvh',
    maxWidth: 'none',
    maxHeight: 'none',
    margin: '0',
    padding: '0',
    border: '0',
    borderRadius: '0',
    background: 'rgb(10 14 30 / 0.6)',
    overflow: 'hidden',
  });
  const frame = document.createElement('iframe');
  frame.title = 'Bank authentication';
  const query = new URLSearchParams({ intent, client_secret: clientSecret, parent: location.origin });
  frame.src = `${origin}/3ds/challenge.html?${query}`;
  Object.assign(frame.style, {
    position: 'absolute',
    inset: '0',
    margin: 'auto',
    border: '0',
    borderRadius: '14px',
    width: 'min(430px, calc(100vw - 24px))',
    height: 'min(400px, calc(100dvh - 24px))',
    background: '#fff',
    colorScheme: 'light',
  });
  dialog.append(frame);
  document.body.append(dialog);
  // The browser makes the rest of the page inert, keeps the focus here and gives it back at the end.
  dialog.showModal();
  frame.addEventListener('load', () => frame.focus(), { once: true });
  return new Promise((resolve) => {
    const hear = (event: MessageEvent<FromChallenge>) => {
      if (event.source !== frame.contentWindow || event.origin !== origin) return;
      if (event.data.type !== 'challenge') return;
      removeEventListener('message', hear);
      dialog.close();
      dialog.remove();
      resolve();
    };
    addEventListener('message', hear);
    dialog.addEventListener('cancel', (event) => {
      event.preventDefault();
      frame.contentWindow?.postMessage({ type: 'cancel' }, origin);
    });
  });
}
