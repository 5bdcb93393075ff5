/** A variable the stack sets on this function; its absence is a fault of the deployment. */
export function env(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`The environment variable ${name} is missing on this function.`);
  return value;
}
