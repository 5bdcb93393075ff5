import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endpointKey, sdkEndpoints, sdkParameters } from '../local/stripe/core/parameters.ts';
import { routes } from '../local/stripe/resources/registry.ts';

export const coverageFile = join(fileURLToPath(new URL('..', import.meta.url)), 'docs/stripe-coverage.md');

const intro = `# What the Stripe emulator has

Made by \`node scripts/run.mjs scripts/stripe-coverage.ts\` from the endpoints of the emulator and the types of the
installed SDK; a test fails when it is out of date.

A resource is listed with the methods it has, and with the parameters of each that it refuses. Whatever stands here as
refused, or does not stand here, answers 501 and names what is missing; nothing answers with invented data. Parameters
Stripe itself does not know are 400, as Stripe answers them. A value of a parameter that Stripe knows and the emulator
does not is 501 too.
`;

const supported = new Map([
  ...routes.map((route) => [endpointKey(route.method, route.pattern), route.supported] as const),
  // OAuth has its own part of the HTTP interface, which reads what it is sent by itself.
  ...['POST /oauth/token', 'POST /oauth/deauthorize'].map((key) => [key, sdkParameters(key)] as const),
]);

type Method = { name: string; refused: string[] | undefined };

/** Every method of the SDK by its resource. */
function byResource(): Map<string, Method[]> {
  const resources = new Map<string, Method[]>();
  for (const [key, method] of sdkEndpoints()) {
    const resource = method.slice(0, method.lastIndexOf('.'));
    const known = supported.get(key);
    const refused = known && sdkParameters(key).filter((name) => name !== 'expand' && !known.includes(name));
    const name = method.slice(resource.length + 1);
    resources.set(resource, [...(resources.get(resource) ?? []), { name, refused }]);
  }
  return new Map([...resources].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function coverage(): string {
  const resources = [...byResource()];
  const done = resources.filter(([, methods]) => methods.some(({ refused }) => refused));
  const none = resources.filter(([, methods]) => methods.every(({ refused }) => !refused));
  const rows = done.map(([resource, methods]) => {
    const has = methods.filter(({ refused }) => refused).map(({ name }) => name);
    const lacks = methods.filter(({ refused }) => !refused).map(({ name }) => name);
    const params = methods.flatMap(({ name, refused = [] }) =>
      refused.length > 0 ? `${name}: ${refused.map((one) => `\`${one}\``).join(', ')}` : [],
    );
    return `| ${resource} | ${has.join(', ')} | ${lacks.join(', ')} | ${params.join('<br>')} |`;
  });
  const total = resources.reduce((sum, [, methods]) => sum + methods.length, 0);
  const there = resources.reduce(
    (sum, [, methods]) => sum + methods.filter(({ refused }) => refused).length,
    0,
  );
  return [
    intro,
    `${there} of the SDK's ${total} endpoints are there.`,
    '',
    '## Resources',
    '| resource | methods | methods refused | parameters refused |',
    '|---|---|---|---|',
    ...rows,
    '',
    '## Refused altogether',
    `${none.map(([resource]) => resource).join(', ')}.`,
    '',
  ].join('\n');
}

const help = `usage: node scripts/run.mjs scripts/stripe-coverage.ts [--help]

Writes docs/stripe-coverage.md: every resource and parameter of Stripe, done or refused. Run it after adding an
endpoint or a parameter to the emulator; a test fails until then.
`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--help')) process.stdout.write(help);
  else writeFileSync(coverageFile, coverage());
}
