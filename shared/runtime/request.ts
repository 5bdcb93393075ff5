import type { Audience } from '../contract/define.ts';
import { type FieldError, Refusal } from '../contract/errors.ts';

/** Who calls, as the authorizer verified it. */
export type Caller = {
  sub: string;
  role: 'user' | 'orgAdmin' | 'platformAdmin';
  orgId?: string;
  widgetId?: string;
  email?: string;
  name?: string;
  country?: string;
  /** BCP 47. */
  locale?: string;
};

type Claims = Record<string, unknown> | null | undefined;
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** The caller of an endpoint, or a refusal: the authorizer lets any valid token in, this says what it is good for. */
export function authorise(
  audience: Audience,
  claims: Claims,
  path: { orgId?: string; widgetId?: string },
): Caller {
  const sub = text(claims?.sub);
  const role = text(claims?.role);
  if (!sub || (role !== 'user' && role !== 'orgAdmin' && role !== 'platformAdmin')) {
    throw new Refusal('unauthenticated', 'Send a valid token as "Authorization: Bearer ...".');
  }
  if (role !== audience) throw new Refusal('forbidden', `This needs a token with the role ${audience}.`);
  const caller: Caller = { sub, role };
  for (const claim of ['orgId', 'widgetId', 'email', 'name', 'country', 'locale'] as const) {
    const value = text(claims?.[claim]);
    if (value) caller[claim] = value;
  }
  // Another tenant's resource does not exist for this caller (api.md): 404, never 403.
  const own =
    (role !== 'user' || (caller.widgetId === path.widgetId && caller.orgId !== undefined)) &&
    (role !== 'orgAdmin' || caller.orgId === path.orgId);
  if (!own) throw new Refusal('not_found', 'There is nothing here for this token.');
  return caller;
}

type Issue = { path: PropertyKey[]; message: string; code?: string | undefined; keys?: string[] };

/** zod's issues as one error per wrong field, in the request's words. */
export function fieldErrors(part: 'params' | 'query' | 'body', issues: readonly Issue[]): FieldError[] {
  return issues.flatMap(({ path, message, code, keys }) => {
    const at = [part, ...path.map(String)];
    if (code === 'unrecognized_keys') {
      return (keys ?? []).map((key) => ({ path: [...at, key].join('.'), message: 'is not a known field' }));
    }
    return [{ path: at.join('.'), message }];
  });
}

const longestBody = 512 * 1024;

export function parseJsonBody(body: string | null, isBase64: boolean): unknown {
  if (body === null || body === '') return {};
  const raw = isBase64 ? Buffer.from(body, 'base64').toString('utf8') : body;
  if (raw.length > longestBody) {
    throw new Refusal('invalid_request', 'The body is too large.', {
      errors: [{ path: 'body', message: 'must be at most 512 kB' }],
    });
  }
  try {
    return JSON.parse(raw);
  } catch {
    throw new Refusal('invalid_request', 'The body is not JSON.', {
      errors: [{ path: 'body', message: 'must be a JSON object' }],
    });
  }
}
