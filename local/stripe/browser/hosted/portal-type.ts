import type { PortalState } from '../../portal/page.ts';
import type { Account } from '../request.ts';

/** The portal as its parts see it. */
export interface Portal {
  state: PortalState;
  account: Account;
  /** Does one thing; the message of what went wrong, or null. */
  act(name: string, fields: Record<string, string>): Promise<string | null>;
  /** Saves a new payment method and charges it from now on. */
  addMethod(paymentMethod: string): Promise<string | null>;
  open(view: HTMLElement): void;
  home(): void;
}
