import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cloud, startCloud } from '../../local/cloud/cloud.ts';
import { type Json, type JsonObject, object } from '../../local/cloud/json.ts';
import { writeAssembly } from './assembly.ts';

export { withCaller, withRole } from './assembly.ts';

export type TestCloud = Cloud & {
  control: (method: string, path: string, body?: Json) => Promise<Json>;
  order: (id: string, body?: JsonObject) => Promise<{ status: number; body: JsonObject }>;
  seen: (id: string) => Promise<number>;
  dead: () => Promise<number>;
  /** What an SDK call answers the function of `withCaller`: the output, or the error's name and message. */
  as: (client: 'ses' | 'scheduler', command: string, input: JsonObject) => Promise<JsonObject>;
};

export const temporary = () => mkdtempSync(join(tmpdir(), 'cloud-'));

export async function testCloud(change: JsonObject = {}): Promise<TestCloud> {
  const directory = temporary();
  const assembly = writeAssembly(join(directory, 'cdk.out'), change);
  const remove = () => rmSync(directory, { recursive: true, force: true });
  const cloud = await startCloud({ assembly, dataDirectory: join(directory, 'data') }).catch(
    (error: unknown) => {
      remove();
      throw error;
    },
  );
  const stop = () => cloud.stop().then(remove);
  return { ...cloud, stop, ...callsOf(cloud) };
}

export function callsOf({ apiUrl, controlUrl }: Pick<Cloud, 'apiUrl' | 'controlUrl'>) {
  const control = async (method: string, path: string, body?: Json): Promise<Json> => {
    const response = await fetch(`${controlUrl}${path}`, {
      method,
      body: body === undefined ? null : JSON.stringify(body),
    });
    return JSON.parse(await response.text());
  };
  const order = async (id: string, body: JsonObject = {}) => {
    const response = await fetch(`${apiUrl}/orders/${id}`, {
      method: 'POST',
      headers: { Authorization: 'good' },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: object(JSON.parse(await response.text())) };
  };
  const seen = async (id: string) => {
    const items = await control('GET', `/dump?prefix=${encodeURIComponent(`SEEN#${id}`)}`);
    return Array.isArray(items) ? Number(object(items[0]).times ?? 0) : 0;
  };
  const dead = async () => {
    const queues = await control('GET', '/queues');
    const found = Array.isArray(queues)
      ? queues.map((queue) => object(queue)).find(({ deadLetter }) => deadLetter)
      : undefined;
    return Number(found?.visible);
  };
  const as = async (client: 'ses' | 'scheduler', command: string, input: JsonObject) => {
    const call = { client, command, input };
    return object(object(await control('POST', '/functions/Service-caller/invoke', call)).payload);
  };
  return { control, order, seen, dead, as };
}
