import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { userId } from '../../shared/contract/schemas.ts';
import { env } from '../../shared/runtime/env.ts';
import { log } from '../../shared/runtime/log.ts';

const claims = ['sub', 'role', 'orgId', 'widgetId', 'email', 'name', 'country', 'locale'] as const;
let keySet: ReturnType<typeof createRemoteJWKSet> | undefined;

/**
 * Verifies the platform's token. Its answer is cached by token, so it allows the whole API; each handler checks
 * the claims against its path. Throwing `Unauthorized` is API Gateway's 401.
 */
export async function handler(event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> {
  const header = Object.entries(event.headers ?? {}).find(
    ([name]) => name.toLowerCase() === 'authorization',
  )?.[1];
  const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/.exec(header ?? '')?.[1];
  if (!token) throw new Error('Unauthorized');
  keySet ??= createRemoteJWKSet(new URL(env('JWT_JWKS_URL')), {
    timeoutDuration: 3_000,
    cooldownDuration: 10_000,
  });
  try {
    const { payload } = await jwtVerify(token, keySet, {
      issuer: env('JWT_ISSUER'),
      audience: env('JWT_AUDIENCE'),
      algorithms: ['RS256', 'ES256'],
      requiredClaims: ['sub', 'role', 'exp'],
    });
    if (!userId.safeParse(payload.sub).success) throw new Error('Unauthorized');
    const context = Object.fromEntries(
      claims.flatMap((name) => (typeof payload[name] === 'string' ? [[name, payload[name]]] : [])),
    );
    const [arn, stage] = event.methodArn.split('/');
    return {
      principalId: String(payload.sub),
      policyDocument: {
        Version: '2012-10-17',
        Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: `${arn}/${stage}/*` }],
      },
      context,
    };
  } catch (error) {
    // The reason stays in the log: a caller learns only that the token is not good.
    log('warn', 'token_refused', {
      reason: error instanceof errors.JOSEError ? error.code : 'invalid_claims',
    });
    throw new Error('Unauthorized');
  }
}
