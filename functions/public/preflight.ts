import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { keys, near } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';

const maxAgeSeconds = 600;

/** Answers every OPTIONS: a widget's own allowed origins, and the dashboard's for everything else. */
export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const origin = event.headers?.origin ?? event.headers?.Origin ?? '';
  const widgetId = event.pathParameters?.widgetId;
  const allowed =
    widgetId && /^[\w-]{1,64}$/.test(widgetId)
      ? await widgetOrigins(widgetId, event.requestContext.requestId)
      : [];
  const dashboard = (process.env.DASHBOARD_ORIGINS ?? '').split(',').filter(Boolean);
  const known = [...allowed, ...dashboard];
  if (!origin || !(known.includes(origin) || known.includes('*')))
    return { statusCode: 403, headers: { Vary: 'Origin' }, body: '' };
  return {
    statusCode: 204,
    headers: {
      'Access-Control-Allow-Origin': origin,
      'Access-Control-Allow-Methods': 'GET, POST, PUT, DELETE',
      'Access-Control-Allow-Headers': 'Authorization, Content-Type, Idempotency-Key',
      'Access-Control-Max-Age': String(maxAgeSeconds),
      Vary: 'Origin',
    },
    body: '',
  };
}

async function widgetOrigins(widgetId: string, requestId: string): Promise<string[]> {
  const found = await liveTable().read({
    widget: near(keys.widget(widgetId), requestId),
    test: near(keys.config('test', widgetId), requestId),
    live: near(keys.config('live', widgetId), requestId),
  });
  return (found.widget && found[found.widget.mode]?.allowedOrigins) ?? [];
}
