import { describe, expect, test } from 'vitest';
import { normaliseEmail, trialIdentities } from './trial.ts';

describe('one trial per person and organisation (R1.4, peers.md P48)', () => {
  test.each([
    ['Ada@Example.com', 'ada@example.com'],
    ['ada+trial2@example.com', 'ada@example.com'],
    ['a.d.a+x@gmail.com', 'ada@gmail.com'],
    ['a.da@googlemail.com', 'ada@gmail.com'],
    ['a.da@example.com', 'a.da@example.com'],
  ])('%s is %s', (email, normal) => expect(normaliseEmail(email)).toBe(normal));

  test('the same person is known by user, mailbox or card', () => {
    const first = trialIdentities({ userId: 'u1', email: 'ada@gmail.com', fingerprints: ['f1'] });
    const again = trialIdentities({ userId: 'u2', email: 'a.da+2@gmail.com', fingerprints: ['f1', 'f1'] });
    expect(again.map(({ value }) => first.some((known) => known.value === value))).toEqual([
      false,
      true,
      true,
    ]);
  });
});
