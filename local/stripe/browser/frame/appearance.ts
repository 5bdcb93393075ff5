import type { Appearance } from '../messages.ts';

/** Stripe's variable names and what they are called in the frame's style sheet. */
const variables: Record<string, string> = {
  colorPrimary: '--primary',
  colorBackground: '--background',
  colorText: '--text',
  colorTextSecondary: '--muted',
  colorDanger: '--danger',
  borderRadius: '--radius',
  fontFamily: '--font',
  fontSizeBase: '--size',
};

export function applyAppearance({ theme = 'stripe', variables: given = {} }: Appearance): void {
  const root = document.documentElement;
  root.dataset.theme = theme === 'night' ? 'night' : 'stripe';
  for (const [name, value] of Object.entries(given)) {
    const property = variables[name];
    if (property) root.style.setProperty(property, value);
  }
}
