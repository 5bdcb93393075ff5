import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Issuer } from '../identity/issuer.ts';
import { addDuration, type Clock } from './clock.ts';
import { askEngine } from './dynoxide.ts';
import type { Email } from './email.ts';
import type { Faults, FieldError } from './faults.ts';
import { readBody, send } from './http.ts';
import { type Json, type JsonObject, list, numeric, object, parseJson, text } from './json.ts';
import type { Lambda } from './lambda/lambda.ts';
import type { Metrics } from './metrics.ts';
import type { Queues } from './queues.ts';
import type { Stillness } from './stillness.ts';
import type { StripeLink } from './stripe-link.ts';
import type { Table } from './tables.ts';

type Parts = {
  clock: Clock;
  queues: Queues;
  faults: Faults;
  metrics: Metrics;
  email: Email;
  lambda: Lambda;
  stripe: StripeLink;
  stillness: Stillness;
  issuer: Issuer;
  sweep: () => Promise<void>;
  engine: string;
  tables: Map<string, Table>;
};
type Request = { body: Json | undefined; url: URL; parameters: string[] };
type Route = [
  method: string,
  path: RegExp,
  described: string,
  run: (request: Request) => Promise<Json> | Json,
];

/** A problem document (RFC 9457). */
class Problem extends Error {
  readonly status: number;
  readonly errors: FieldError[];

  constructor(status: number, detail: string, errors: FieldError[] = []) {
    super(detail);
    this.status = status;
    this.errors = errors;
  }
}

const wrongField = (field: string, message: string) =>
  new Problem(422, `${field} ${message}`, [{ field, message }]);
const roles = ['user', 'orgAdmin', 'platformAdmin'];
const anyOrigin = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': '*',
  'access-control-allow-headers': '*',
};

/** The control API: loopback only, never part of a deployment. */
export class Control {
  /** Its own address, known once it listens; also the issuer of tokens. */
  url = '';
  #parts: Parts;
  #routes: Route[];
  #advancing: Promise<void> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
    const { clock, email, issuer, metrics, stripe } = parts;
    this.#routes = [
      ['GET', /^\/$/, '/', () => this.#routes.map(([method, , path]) => `${method} ${path}`)],
      [
        'GET',
        /^\/\.well-known\/jwks\.json$/,
        '/.well-known/jwks.json',
        () => JSON.parse(JSON.stringify(issuer.jwks)),
      ],
      [
        'GET',
        /^\/\.well-known\/openid-configuration$/,
        '/.well-known/openid-configuration',
        () => this.#openid(),
      ],
      ['POST', /^\/tokens$/, '/tokens', ({ body }) => this.#token(object(body))],
      ['GET', /^\/clock$/, '/clock', () => ({ now: clock.iso() })],
      ['POST', /^\/clock\/advance$/, '/clock/advance', ({ body }) => this.#advance(object(body))],
      ['POST', /^\/settle$/, '/settle', ({ body }) => this.#settle(object(body))],
      ['GET', /^\/queues$/, '/queues', () => this.#queues()],
      [
        'POST',
        /^\/queues\/([^/]+)\/redrive$/,
        '/queues/{name}/redrive',
        ({ parameters: [name = ''] }) => this.#redrive(name),
      ],
      ['PUT', /^\/faults$/, '/faults', ({ body }) => this.#setFaults(body)],
      [
        'GET',
        /^\/metrics$/,
        '/metrics',
        async () => ({ calls: metrics.report(), stripe: await stripe.metrics() }),
      ],
      ['GET', /^\/metrics\/keys$/, '/metrics/keys', () => metrics.keys()],
      [
        'POST',
        /^\/metrics\/keys$/,
        '/metrics/keys',
        () => {
          metrics.watchKeys();
          return {};
        },
      ],
      ['GET', /^\/mail$/, '/mail?to=', ({ url }) => email.sent(url.searchParams.get('to') ?? undefined)],
      ['GET', /^\/dump$/, '/dump?prefix=', ({ url }) => this.#dump(url.searchParams.get('prefix') ?? '')],
      [
        'POST',
        /^\/functions\/([^/]+)\/invoke$/,
        '/functions/{name}/invoke',
        ({ body, parameters: [name = ''] }) => this.#invoke(name, body),
      ],
    ];
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'OPTIONS') return send(response, 204, '', anyOrigin);
    const url = new URL(request.url ?? '/', 'http://control');
    try {
      const raw = (await readBody(request))?.toString() ?? '';
      const body = raw === '' ? undefined : parseJson(raw);
      if (raw !== '' && body === undefined) throw new Problem(400, 'The body is not JSON.');
      send(response, 200, await this.#run(request.method ?? 'GET', url, body), anyOrigin);
    } catch (error) {
      if (!(error instanceof Problem)) console.error(error);
      const { status, errors } = error instanceof Problem ? error : { status: 500, errors: [] };
      const detail = error instanceof Error ? error.message : String(error);
      const problem = {
        type: 'about:blank',
        title: detail,
        status,
        detail,
        ...(errors.length > 0 ? { errors } : {}),
      };
      send(response, status, problem, { ...anyOrigin, 'content-type': 'application/problem+json' });
    }
  }

  #run(method: string, url: URL, body: Json | undefined): Promise<Json> | Json {
    const here = this.#routes.filter(([, path]) => path.test(url.pathname));
    const route = here.find(([accepted]) => accepted === method);
    if (!route)
      throw new Problem(
        here.length > 0 ? 405 : 404,
        `There is no ${method} ${url.pathname}; GET / lists what there is.`,
      );
    const parameters = (route[1].exec(url.pathname) ?? []).slice(1).map((part) => decodeURIComponent(part));
    return route[3]({ body, url, parameters });
  }

  #openid(): Json {
    return {
      issuer: this.url,
      jwks_uri: `${this.url}/.well-known/jwks.json`,
      id_token_signing_alg_values_supported: ['RS256'],
    };
  }

  async #token({ role, sub, expiresIn, ...rest }: JsonObject): Promise<Json> {
    if (!roles.includes(text(role))) throw wrongField('role', `must be one of ${roles.join(', ')}`);
    if (typeof sub !== 'string' || sub === '') throw wrongField('sub', 'must be a string that is not empty');
    const seconds = numeric(expiresIn, expiresIn === undefined ? 3600 : Number.NaN);
    if (Number.isNaN(seconds)) throw wrongField('expiresIn', 'must be a number of seconds');
    const claims: Record<string, string> = {};
    for (const field of ['orgId', 'widgetId', 'email', 'country', 'name', 'locale']) {
      const value = rest[field];
      if (value === undefined || value === null) continue;
      if (typeof value !== 'string') throw wrongField(field, 'must be a string');
      claims[field] = value;
    }
    const { issuer, clock } = this.#parts;
    return { token: await issuer.sign({ role: text(role), sub, ...claims }, clock.now(), seconds, this.url) };
  }

  async #advance({ by, to }: JsonObject): Promise<Json> {
    const { clock, stillness, sweep } = this.#parts;
    if ((by === undefined) === (to === undefined))
      throw wrongField('by', 'or to must be given, and only one of them');
    const target = by === undefined ? Date.parse(text(to)) : addDuration(clock.now(), text(by));
    if (target === undefined || Number.isNaN(target)) {
      throw by === undefined
        ? wrongField('to', 'must be an ISO 8601 time')
        : wrongField('by', 'must be an ISO 8601 duration');
    }
    if (target < clock.now())
      throw wrongField('to', `must not be before ${clock.iso()}: time goes forward only`);
    // One journey at a time; a second one starts where the first ended.
    const before = this.#advancing;
    const journey = before.then(async () => {
      await stillness.advance(target);
      await sweep();
    });
    this.#advancing = journey.catch(() => undefined);
    await journey;
    return { now: clock.iso() };
  }

  async #settle({ timeoutSeconds }: JsonObject): Promise<Json> {
    const seconds = numeric(timeoutSeconds, timeoutSeconds === undefined ? 30 : -1);
    if (seconds < 0) throw wrongField('timeoutSeconds', 'must be a number of seconds');
    return { idle: await this.#parts.stillness.settle(seconds * 1000) };
  }

  #queues(): Json {
    const { queues } = this.#parts;
    return queues.all().map((queue) => {
      const { visible, inFlight, delayed } = queues.counts(queue);
      return {
        name: queue.name,
        visible,
        inFlight: inFlight + delayed,
        deadLetter: queues.isDeadLetter(queue),
      };
    });
  }

  #redrive(name: string): Json {
    const { queues } = this.#parts;
    const queue = queues.get(name);
    if (!queue) throw new Problem(404, `There is no queue ${name}; GET /queues lists them.`);
    return { moved: queues.redrive(queue) };
  }

  async #setFaults(body: Json | undefined): Promise<Json> {
    const errors = this.#parts.faults.set(body);
    const [first] = errors;
    if (first) throw new Problem(422, `${first.field || 'The body'} ${first.message}`, errors);
    await this.#parts.stripe.setFaults(list(body).filter((fault) => object(fault).target === 'stripe'));
    return {};
  }

  async #dump(prefix: string): Promise<Json> {
    const { engine, tables } = this.#parts;
    const found: Json[] = [];
    for (const { name, partitionKey } of tables.values()) {
      let start: Json | undefined;
      do {
        const page: JsonObject = await askEngine(engine, 'Scan', {
          TableName: name,
          ...(prefix === ''
            ? {}
            : {
                FilterExpression: 'begins_with(#key, :prefix)',
                ExpressionAttributeNames: { '#key': partitionKey },
              }),
          ...(prefix === '' ? {} : { ExpressionAttributeValues: { ':prefix': { S: prefix } } }),
          ...(start === undefined ? {} : { ExclusiveStartKey: start }),
        });
        found.push(...list(page.Items).map((item) => plain({ M: item })));
        start = page.LastEvaluatedKey;
      } while (start !== undefined);
    }
    return found;
  }

  async #invoke(name: string, body: Json | undefined): Promise<Json> {
    const { lambda } = this.#parts;
    if (!lambda.get(name)) throw new Problem(404, `There is no function ${name}.`);
    const outcome = await lambda.invoke(name, JSON.stringify(body ?? {}));
    return outcome.ok ? { payload: parseJson(outcome.payload) ?? null } : { error: outcome.failure };
  }
}

/** An attribute value as ordinary JSON; numbers beyond 2^53 keep their digits as strings. */
function plain(value: Json | undefined): Json {
  const [[type, inner] = ['NULL', null]] = Object.entries(object(value));
  if (type === 'M')
    return Object.fromEntries(Object.entries(object(inner)).map(([name, item]) => [name, plain(item)]));
  if (type === 'L') return list(inner).map((item) => plain(item));
  if (type === 'N') return String(Number(inner)) === inner ? Number(inner) : inner;
  if (type === 'NS') return list(inner).map((item) => plain({ N: item }));
  return type === 'NULL' ? null : inner;
}
