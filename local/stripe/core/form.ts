/** What a decoded form holds: text, or lists and hashes of it. */
export type Raw = string | Raw[] | { [key: string]: Raw };

type Branch = { [key: string]: Raw };

function isBranch(value: Raw | undefined): value is Branch {
  return typeof value === 'object' && !Array.isArray(value);
}

/** `items[0][price]` -> ['items', '0', 'price']; `expand[]` -> ['expand', '']. */
function keysOf(name: string): string[] {
  const open = name.indexOf('[');
  if (open < 0) return [name];
  return [name.slice(0, open), ...name.slice(open + 1, name.endsWith(']') ? -1 : undefined).split('][')];
}

/** Hashes whose keys are 0, 1, 2 ... are lists. */
function listed(value: Raw): Raw {
  if (!isBranch(value)) return value;
  const entries = Object.entries(value);
  if (entries.length > 0 && entries.every(([key]) => /^\d+$/.test(key))) {
    return entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, entry]) => listed(entry));
  }
  return Object.fromEntries(entries.map(([key, entry]) => [key, listed(entry)]));
}

/** Decodes a form body or query as Stripe does: nested keys and lists. */
export function decodeForm(text: string): Branch {
  const root: Branch = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const keys = keysOf(name);
    let at = root;
    keys.forEach((wanted, index) => {
      const key = wanted === '' ? String(Object.keys(at).length) : wanted;
      if (index === keys.length - 1) {
        at[key] = value;
        return;
      }
      const next = at[key];
      const branch: Branch = isBranch(next) ? next : {};
      at[key] = branch;
      at = branch;
    });
  }
  return Object.fromEntries(Object.entries(root).map(([key, value]) => [key, listed(value)]));
}
