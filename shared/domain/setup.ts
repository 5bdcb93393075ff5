import type { Mode } from '../contract/schemas.ts';
import type { Connection, Organisation, WidgetConfig } from './purchase.ts';

export type StepId = 'enable' | 'connect' | 'price' | 'test' | 'live';
export type Step = { id: StepId; done: boolean; missing: string[] };

/** What is known of an organisation on its way to selling; the parts of a widget are missing until one is configured. */
export type Progress = {
  organisation?: Organisation | undefined;
  connections: Partial<Record<Mode, Connection | undefined>>;
  configs: Partial<Record<Mode, WidgetConfig | undefined>>;
  /** Somebody has paid in test mode. */
  tested: boolean;
  /** The mode the widget sells in. */
  mode?: Mode | undefined;
};

const step = (id: StepId, missing: string[]): Step => ({ id, done: missing.length === 0, missing });

/** The five steps of R2.6, each with what it still misses, in the words of the person who is to do it. */
export function setupSteps({ organisation, connections, configs, tested, mode }: Progress): Step[] {
  const config = configs.live ?? configs.test;
  const anyConnected = [connections.test, connections.live].some((one) => one?.status === 'connected');
  const live = liveMissing(connections.live);
  return [
    step('enable', organisation && organisation.plan !== 'free' ? [] : ['Move to the Sell or Scale plan.']),
    step('connect', anyConnected ? [] : ['Connect a Stripe account in test mode.']),
    step('price', config ? priceMissing(config, connections) : ['Set the prices of a widget.']),
    step('test', tested ? [] : ['Buy once in test mode.']),
    step('live', mode === 'live' ? live : [...live, 'Switch the widget to live selling.']),
  ];
}

function priceMissing(config: WidgetConfig, connections: Progress['connections']): string[] {
  const { pricing, metadata, paymentEnabled } = config;
  const taxed = metadata.taxConfig?.automatic && !connections[config.mode]?.taxActive;
  return [
    ...(pricing.tiers.length + (pricing.products?.length ?? 0) > 0 ? [] : ['Add a tier or a product.']),
    ...(paymentEnabled ? [] : ['Switch payments on.']),
    ...(taxed
      ? ["Finish Stripe Tax's settings in your Stripe account: until then no tax is collected."]
      : []),
  ];
}

/** R2.3: what a live account must have before real money is taken. */
function liveMissing(connection: Connection | undefined): string[] {
  if (connection?.status !== 'connected') return ['Connect a Stripe account in live mode.'];
  const { chargesEnabled, payoutsEnabled, detailsSubmitted, requirements } = connection;
  const needs = requirements.length > 0 ? ` Stripe asks for: ${requirements.join(', ')}.` : '';
  return [
    ...(detailsSubmitted ? [] : [`Give Stripe the details of your business.${needs}`]),
    ...(chargesEnabled ? [] : [`Stripe does not let the account take payments yet.${needs}`]),
    ...(payoutsEnabled ? [] : [`Stripe does not pay the account out yet.${needs}`]),
  ];
}

/** What stands between a widget and live selling; the switch itself is what is asked for. */
export const goLiveProblems = (progress: Progress): { path: StepId; message: string }[] =>
  setupSteps({ ...progress, mode: 'live' }).flatMap(({ id, missing }) =>
    missing.map((message) => ({ path: id, message })),
  );
