import type { Endpoint } from './define.ts';
import * as org from './org.ts';
import * as platform from './platform.ts';
import * as open from './public.ts';
import * as widget from './widget.ts';
import * as payment from './widget-payment.ts';
import * as subscription from './widget-subscription.ts';
import * as usage from './widget-usage.ts';

/** Every endpoint of the product, by id. Functions import only their own from its file. */
export const endpoints = {
  ...open,
  ...widget,
  ...subscription,
  ...payment,
  ...usage,
  ...org,
  ...platform,
} satisfies Record<string, Endpoint>;
export type Endpoints = typeof endpoints;
