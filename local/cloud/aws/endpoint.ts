import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Events } from '../events.ts';
import type { FaultKind, Faults, FaultTarget } from '../faults.ts';
import { readBody } from '../http.ts';
import { evaluate, type Question } from '../iam.ts';
import { account, region } from '../intrinsics.ts';
import { type JsonObject, list, object, parseJson, text } from '../json.ts';
import type { Environment } from '../lambda/environment.ts';
import type { Lambda } from '../lambda/lambda.ts';
import type { Metrics } from '../metrics.ts';
import type { Secrets } from '../secrets.ts';
import type { Table } from '../tables.ts';
import { conflict, DynamoQuestions, forwardToEngine } from './dynamodb.ts';
import { AwsError } from './error.ts';
import { type RestName, type RestService, restError, restServiceOf } from './rest.ts';
import type { Sqs } from './sqs.ts';

type Parts = {
  engine: string;
  tables: Map<string, Table>;
  sqs: Sqs;
  events: Events;
  secrets: Secrets;
  lambda: Lambda;
  faults: Faults;
  metrics: Metrics;
  policies: Map<string, JsonObject[]>;
  rest: Record<RestName, RestService>;
  /** Called after every write to a table: its stream has something new. */
  written: () => void;
};
type Service = 'dynamodb' | 'sqs' | 'events' | 'secretsmanager' | RestName;
type Call = {
  service: Service;
  operation: string;
  input: JsonObject;
  environment: Environment | undefined;
  fault: FaultKind | undefined;
  signal: AbortSignal;
};
type Answer = { status: number; body: string; units: number; errorType?: string };

const services: Record<string, Service> = {
  DynamoDB_20120810: 'dynamodb',
  AmazonSQS: 'sqs',
  AWSEvents: 'events',
  secretsmanager: 'secretsmanager',
};

const isRest = (service: Service): service is RestName => service === 'ses' || service === 'scheduler';

const throttles: Record<Service, [code: string, message: string, status?: number]> = {
  dynamodb: ['ThrottlingException', 'Throughput exceeds the current capacity of your table or index.'],
  sqs: ['RequestThrottled', 'The request was denied due to request throttling.'],
  events: ['ThrottlingException', 'Rate exceeded'],
  secretsmanager: ['ThrottlingException', 'Rate exceeded'],
  ses: ['TooManyRequestsException', 'Maximum sending rate exceeded.', 429],
  scheduler: ['ThrottlingException', 'Rate exceeded', 429],
};

/** Faults of a message on its way are struck where it is stored or received, not on the call. */
function kindsFor(service: Service, operation: string): FaultKind[] {
  const kinds: FaultKind[] = ['throttle', 'error', 'timeout', 'crashBefore', 'crashAfter'];
  if (service === 'dynamodb') kinds.push('conflict');
  if (operation === 'PutEvents') kinds.push('duplicate');
  if (operation === 'ReceiveMessage') kinds.push('reorder');
  return kinds;
}

const queryNames: Record<string, string> = {
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  EmptyBatchRequest: 'AWS.SimpleQueueService.EmptyBatchRequest',
  TooManyEntriesInBatchRequest: 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
  BatchEntryIdsNotDistinct: 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct',
  BatchRequestTooLong: 'AWS.SimpleQueueService.BatchRequestTooLong',
};

function contentType(service: Service | undefined): string {
  if (service && isRest(service)) return 'application/json';
  return service === 'dynamodb' || service === 'sqs'
    ? 'application/x-amz-json-1.0'
    : 'application/x-amz-json-1.1';
}

function errorAnswer(service: Service | undefined, error: AwsError): Omit<Answer, 'units'> {
  if (service && isRest(service)) return restError(service, error);
  const body = { __type: error.code, message: error.message, ...error.details };
  return { status: error.status, body: JSON.stringify(body), errorType: error.code };
}
const writing = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'TransactWriteItems']);

/** Operator scripts sign with this key and may do everything. */
export const operatorKey = 'LOCALOPERATOR';

/** The one address of all AWS services: finds caller and operation, checks the role, strikes faults, runs it. */
export class AwsEndpoint {
  #parts: Parts;
  #questions: DynamoQuestions;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#questions = new DynamoQuestions(parts.tables);
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = performance.now();
    const abort = new AbortController();
    response.on('close', () => abort.abort());
    const [prefix = '', target = ''] = text(request.headers['x-amz-target']?.toString()).split('.');
    const url = new URL(request.url ?? '/', 'http://aws');
    const service = services[prefix] ?? restServiceOf(url.pathname);
    let operation = target;
    const key = /Credential=([^/]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const environment = this.#parts.lambda.caller(key);
    const caller = environment?.function.name ?? (key === operatorKey ? 'operator' : 'unknown');
    let input = object(parseJson((await readBody(request))?.toString() || '{}'));
    let answer: Answer | undefined;
    try {
      if (!service)
        throw new AwsError('UnknownOperationException', `No local service answers ${prefix || request.url}.`);
      if (caller === 'unknown') {
        throw new AwsError(
          'UnrecognizedClientException',
          'The security token included in the request is invalid.',
        );
      }
      if (isRest(service)) {
        const method = request.method ?? 'GET';
        ({ operation, input } = this.#parts.rest[service].callOf(method, url, input));
      }
      const fault = this.#parts.faults.strike(
        service as FaultTarget,
        operation,
        caller,
        kindsFor(service, operation),
      );
      answer = await this.#call({ service, operation, input, environment, fault, signal: abort.signal });
    } catch (error) {
      if (abort.signal.aborted) return;
      const known =
        error instanceof AwsError ? error : new AwsError('InternalServerError', String(error), 500);
      if (known !== error) console.error(error);
      answer = { ...errorAnswer(service, known), units: 0 };
    }
    const { metrics } = this.#parts;
    const failed = answer && answer.status < 400 ? 0 : 1;
    metrics.record(caller, service ?? prefix, operation, performance.now() - started, {
      units: answer?.units ?? 0,
      failed,
    });
    if (service === 'dynamodb' && metrics.watchesKeys && answer) {
      const kind = writing.has(operation) ? 'written' : 'read';
      for (const { key, units } of this.#questions.units(operation, input, answer))
        metrics.touch(kind, key, units);
    }
    // No answer: the connection stays silent until the caller gives up or its process is gone.
    if (!answer) return;
    const { errorType } = answer;
    response.writeHead(answer.status, {
      'content-type': contentType(service),
      'x-amzn-requestid': randomUUID(),
      ...(errorType && service && isRest(service) ? { 'x-amzn-errortype': errorType } : {}),
      // SQS clients read the exception's old query-protocol name here.
      ...(errorType && service === 'sqs'
        ? { 'x-amzn-query-error': `${queryNames[errorType] ?? errorType};Sender` }
        : {}),
    });
    response.end(answer.body);
  }

  async #call(call: Call): Promise<Answer | undefined> {
    const { environment, fault, service, operation } = call;
    if (environment) this.#authorize(environment, call);
    if (fault === 'timeout') return undefined;
    if (fault === 'throttle') throw new AwsError(...throttles[service]);
    if (fault === 'error') throw new AwsError('InternalServerError', 'Injected error', 500);
    if (fault === 'crashBefore') {
      environment?.kill();
      return undefined;
    }
    if (fault === 'conflict') throw conflict(operation, call.input);
    const answer = await this.#run(call);
    if (fault !== 'crashAfter') return answer;
    environment?.kill();
    return undefined;
  }

  #authorize({ function: lambda }: Environment, call: Call): void {
    const statements = this.#parts.policies.get(lambda.role) ?? [];
    for (const question of this.#asked(call)) {
      const { allowed, reason } = evaluate(statements, question);
      if (allowed) continue;
      const user = `arn:aws:sts::${account}:assumed-role/${lambda.role}/${lambda.name}`;
      const { action, resource } = question;
      throw new AwsError(
        'AccessDeniedException',
        `User: ${user} is not authorized to perform: ${action} on resource: ${resource} ${reason}`,
      );
    }
  }

  #asked({ service, operation, input }: Call): Question[] {
    if (isRest(service)) return this.#parts.rest[service].questions({ operation, input });
    if (service === 'dynamodb') return this.#questions.of(operation, input);
    if (service === 'events') {
      return list(input.Entries).map((entry) => {
        const { EventBusName, Source, DetailType } = object(entry);
        return {
          action: `events:${operation}`,
          resource: `arn:aws:events:${region}:${account}:event-bus/${Events.busName(text(EventBusName))}`,
          context: { 'events:source': [text(Source)], 'events:detail-type': [text(DetailType)] },
        };
      });
    }
    if (service === 'secretsmanager') {
      return [
        {
          action: `secretsmanager:${operation}`,
          resource: this.#parts.secrets.find(text(input.SecretId)).arn,
        },
      ];
    }
    if (operation === 'ListQueues') return [{ action: 'sqs:ListQueues', resource: '*' }];
    return [
      { action: `sqs:${operation.replace(/Batch$/, '')}`, resource: this.#parts.sqs.queueOf(input).arn },
    ];
  }

  async #run({ service, operation, input, fault, signal }: Call): Promise<Answer> {
    const { engine, sqs, events, secrets } = this.#parts;
    const ok = (body: JsonObject): Answer => ({ status: 200, body: JSON.stringify(body), units: 0 });
    if (service === 'dynamodb') {
      // Also when the caller is gone before the answer: the engine may have done it.
      return forwardToEngine(engine, operation, input, signal).finally(() => {
        if (writing.has(operation)) this.#parts.written();
      });
    }
    if (isRest(service)) return ok(this.#parts.rest[service].run({ operation, input }));
    if (service === 'events') {
      if (operation !== 'PutEvents')
        throw new AwsError('UnknownOperationException', `${operation} is not implemented locally.`);
      return ok(events.put(input, fault === 'duplicate' ? 2 : 1));
    }
    if (service === 'secretsmanager')
      return ok(secrets.run(operation, secrets.find(text(input.SecretId)), input));
    if (operation === 'ListQueues') return ok(sqs.listQueues(text(input.QueueNamePrefix)));
    return ok(await sqs.run(operation, { input, queue: sqs.queueOf(input), fault, signal }));
  }
}
