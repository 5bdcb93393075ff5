import { createHash } from 'node:crypto';
import type { Mode } from '../contract/schemas.ts';
import type { TrialIdentity } from '../domain/trial.ts';
import { type Key, keys } from './keys.ts';

/** Salted by organisation, so that a used trial stays used when the person is erased and says nothing elsewhere. */
export const trialKey = (mode: Mode, orgId: string, { kind, value }: TrialIdentity): Key<'trialUse'> =>
  keys.trialUse(mode, orgId, createHash('sha256').update(`${orgId}\n${kind}\n${value}`).digest('hex'));
