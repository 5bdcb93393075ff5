import { platformAccount } from '../core/ids.ts';

/** The account an application is of: `ca_test_acct_x` is account `acct_x`'s, every other the platform's. */
export function ownerOf(application: string) {
  return /^ca_(?:test|live)_(acct_\w+)$/.exec(application)?.[1] ?? platformAccount;
}
