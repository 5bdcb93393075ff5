/** Asks the emulator; what goes wrong is an Error that says what. */
export async function ask<T>(path: string, query: Record<string, string> = {}): Promise<T> {
  const response = await fetch(`/_/inspector/data/${path}?${new URLSearchParams(query)}`);
  const body = (await response.json()) as T & { error?: string };
  if (!response.ok) throw new Error(body.error ?? `The emulator answered ${response.status}.`);
  return body;
}

export async function send<T>(method: string, url: string, body: object): Promise<T> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${url} was answered ${response.status}.`);
  return (await response.json()) as T;
}
