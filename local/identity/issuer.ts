import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  calculateJwkThumbprint,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  importPKCS8,
  type JWK,
  SignJWT,
} from 'jose';

export const audience = 'platform-stripe-connector';

export type Claims = {
  role: string;
  sub: string;
  orgId?: string;
  widgetId?: string;
  email?: string;
  country?: string;
};

/** Stands where the platform's identity provider stands: signs tokens and publishes the key to check them. */
export type Issuer = {
  jwks: { keys: JWK[] };
  sign: (claims: Claims, nowMs: number, expiresInSeconds: number, issuer: string) => Promise<string>;
};

async function keyFrom(file: string) {
  if (!existsSync(file)) {
    const pair = await generateKeyPair('RS256', { extractable: true });
    writeFileSync(file, await exportPKCS8(pair.privateKey), { mode: 0o600 });
  }
  return importPKCS8(readFileSync(file, 'utf8'), 'RS256', { extractable: true });
}

/** The key outlives restarts, so that tokens do too. */
export async function createIssuer(dataDirectory: string): Promise<Issuer> {
  const key = await keyFrom(join(dataDirectory, 'identity-key.pem'));
  const { kty, n, e } = await exportJWK(key);
  const open: JWK = { kty: kty ?? 'RSA', n: n ?? '', e: e ?? '' };
  const kid = await calculateJwkThumbprint(open);
  return {
    jwks: { keys: [{ ...open, kid, alg: 'RS256', use: 'sig' }] },
    sign: ({ sub, ...claims }, nowMs, expiresInSeconds, issuer) => {
      const now = Math.floor(nowMs / 1000);
      return new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' })
        .setSubject(sub)
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(now)
        .setExpirationTime(now + expiresInSeconds)
        .sign(key);
    },
  };
}
