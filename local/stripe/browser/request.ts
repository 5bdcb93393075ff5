import type { StripeError } from './messages.ts';

export type Account = { origin: string; publishableKey: string; stripeAccount?: string };

const offline: StripeError = {
  type: 'api_connection_error',
  message: 'An error occurred with our connection to Stripe. Please check your connection and try again.',
};

/** A call with the publishable key, as Stripe.js makes it; a refusal is a value. */
export async function request<T>(
  account: Account,
  method: 'GET' | 'POST',
  path: string,
  fields: Record<string, string> = {},
): Promise<{ value: T } | { error: StripeError }> {
  const form = new URLSearchParams(fields).toString();
  try {
    const response = await fetch(`${account.origin}${path}${method === 'GET' ? `?${form}` : ''}`, {
      method,
      headers: {
        Authorization: `Bearer ${account.publishableKey}`,
        ...(account.stripeAccount && { 'Stripe-Account': account.stripeAccount }),
        ...(method === 'POST' && { 'Content-Type': 'application/x-www-form-urlencoded' }),
      },
      ...(method === 'POST' && { body: form }),
    });
    const body = await response.json();
    return response.ok ? { value: body } : { error: body.error };
  } catch {
    return { error: offline };
  }
}
