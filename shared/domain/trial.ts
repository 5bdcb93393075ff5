/** R1.4: one trial per person and organisation, judged by any of these. */
export type TrialIdentity = { kind: 'user' | 'email' | 'card'; value: string };

/** Providers that ignore dots in the name before the @, and names for the same provider. */
const dotless = new Set(['gmail.com', 'googlemail.com']);
const sameProvider: Record<string, string> = { 'googlemail.com': 'gmail.com' };

/** One spelling for all aliases of a mailbox: case, `+tag`, and dots where the provider ignores them (P48). */
export function normaliseEmail(email: string): string {
  const [name = '', domain = ''] = email
    .trim()
    .toLowerCase()
    .normalize('NFKC')
    .split(/@(?=[^@]*$)/);
  const untagged = name.split('+')[0] ?? '';
  const plain = dotless.has(domain) ? untagged.replaceAll('.', '') : untagged;
  return `${plain}@${sameProvider[domain] ?? domain}`;
}

/** What a trial is remembered under; never stored but as a hash (store/trials.ts). */
export function trialIdentities(person: {
  userId: string;
  email?: string | undefined;
  fingerprints?: readonly string[];
}): TrialIdentity[] {
  const { userId, email, fingerprints = [] } = person;
  return [
    { kind: 'user', value: userId },
    ...(email ? [{ kind: 'email', value: normaliseEmail(email) } as const] : []),
    ...[...new Set(fingerprints)].map((value) => ({ kind: 'card', value }) as const),
  ];
}
