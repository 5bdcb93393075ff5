import { createServer } from 'node:net';
import { StartError } from '../assembly.ts';
import { freePort } from '../dynoxide.ts';

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** The port a variable asks for, proven free; 0 finds one. */
export async function claimPort(variable: string, otherwise: number): Promise<number> {
  const asked = process.env[variable] ?? '';
  const port = asked === '' ? otherwise : Number(asked);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new StartError(`${variable} is "${asked}", which is no port: give a number from 0 to 65535.`);
  }
  if (port === 0) return freePort();
  if (await isFree(port)) return port;
  throw new StartError(
    `Port ${port} is in use: stop what listens there or set ${variable} to another port (0 picks a free one).`,
  );
}
