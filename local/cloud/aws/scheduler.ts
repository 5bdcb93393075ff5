import type { Question } from '../iam.ts';
import { type JsonObject, object, text } from '../json.ts';
import { type Scheduler, scheduleArn } from '../scheduler.ts';
import { type RestService, unknownOperation } from './rest.ts';

const operations: Record<string, string> = {
  POST: 'CreateSchedule',
  GET: 'GetSchedule',
  PUT: 'UpdateSchedule',
  DELETE: 'DeleteSchedule',
};

/** GET and DELETE name the group in the query, the others in the body ("API Reference"). */
function callOf(method: string, url: URL, body: JsonObject) {
  const { searchParams } = url;
  const [, resource, name, ...rest] = url.pathname.split('/').map((part) => decodeURIComponent(part));
  const operation = operations[method];
  if (resource !== 'schedules' || rest.length > 0) throw unknownOperation(method, url);
  if (name === undefined || name === '') {
    if (method !== 'GET') throw unknownOperation(method, url);
    return { operation: 'ListSchedules', input: Object.fromEntries(searchParams) };
  }
  if (!operation) throw unknownOperation(method, url);
  const group = searchParams.get('groupName');
  return { operation, input: { ...body, ...(group === null ? {} : { GroupName: group }), Name: name } };
}

/** Who creates or changes a schedule hands a role to the Scheduler and must be allowed to. */
function questions({ operation, input }: { operation: string; input: JsonObject }): Question[] {
  if (operation === 'ListSchedules') return [{ action: 'scheduler:ListSchedules', resource: '*' }];
  const resource = scheduleArn(text(input.GroupName, 'default'), text(input.Name));
  const own = { action: `scheduler:${operation}`, resource };
  if (operation !== 'CreateSchedule' && operation !== 'UpdateSchedule') return [own];
  const context = { 'iam:PassedToService': ['scheduler.amazonaws.com'] };
  return [own, { action: 'iam:PassRole', resource: text(object(input.Target).RoleArn), context }];
}

/** The EventBridge Scheduler API, as far as it is about single schedules; groups come from templates. */
export function schedulerService(scheduler: Scheduler): RestService {
  const runs: Record<string, (input: JsonObject) => JsonObject> = {
    CreateSchedule: (input) => scheduler.create(input),
    GetSchedule: (input) => scheduler.get(input),
    UpdateSchedule: (input) => scheduler.update(input),
    DeleteSchedule: (input) => scheduler.remove(input),
    ListSchedules: (input) => scheduler.list(input),
  };
  return { callOf, questions, run: ({ operation, input }) => runs[operation]?.(input) ?? {} };
}
