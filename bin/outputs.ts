import { readFileSync } from 'node:fs';

/**
 * The outputs of a deployed stack by name: of STACK_OUTPUTS, else of a file, in the form of `cdk deploy --outputs-file` or
 * of endpoints.json of npm start.
 */
export function stackOutputs(file: string): Record<string, string> {
  const parsed = JSON.parse(process.env.STACK_OUTPUTS ?? read(file));
  const flat = parsed.outputs ?? parsed;
  return Object.assign({}, flat, ...Object.values(flat).filter((one) => typeof one === 'object'));
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new Error(`${file} cannot be read: give the stack's outputs with --outputs (see --help).`);
  }
}
