import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Engine } from './engine.ts';
import { makeServer } from './server.ts';

export interface Options {
  /** Where `stripe.sqlite` is kept. */
  dataDir: string;
  /** @default a free one */
  port?: number;
  /** Milliseconds ahead of real time. @default what was kept, else 0 */
  clockOffset?: number;
  /** What ids and secrets are made from: same seed, same calls, same ids. @default what was kept, else a random one */
  seed?: string;
}

export interface Running {
  url: string;
  port: number;
  stop(): Promise<void>;
}

/** Starts the emulator in this process. */
export async function startStripe({ dataDir, port = 0, clockOffset, seed }: Options): Promise<Running> {
  mkdirSync(dataDir, { recursive: true });
  const engine = new Engine(join(dataDir, 'stripe.sqlite'), clockOffset, seed);
  const server = await makeServer(engine);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  engine.base = `http://127.0.0.1:${bound}`;
  engine.start();
  return {
    url: engine.base,
    port: bound,
    async stop() {
      server.close();
      server.closeAllConnections();
      await engine.stop();
    },
  };
}
