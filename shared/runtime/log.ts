/**
 * One structured line. Lambda's JSON log format takes an object as it is. Opaque ids only: no personal data,
 * no secrets, no bodies (design.md, "No personal data").
 */
export const log = (
  level: 'info' | 'warn' | 'error',
  event: string,
  fields: Record<string, unknown> = {},
): void => console[level](JSON.stringify({ event, ...fields }));

/** CloudWatch embedded metric format: a count without a call. No tenant in the dimensions (aws.md 7). */
export const count = (metric: string, fields: Record<string, unknown> = {}): void =>
  console.info(
    JSON.stringify({
      _aws: {
        Timestamp: Date.now(),
        CloudWatchMetrics: [
          { Namespace: 'StripeConnector', Dimensions: [[]], Metrics: [{ Name: metric, Unit: 'Count' }] },
        ],
      },
      [metric]: 1,
      ...fields,
    }),
  );
