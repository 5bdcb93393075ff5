import { hash, randomBytes } from 'node:crypto';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function text(bytes: Buffer) {
  let drawn = '';
  for (const byte of bytes) drawn += alphabet[byte % alphabet.length];
  return drawn;
}

/**
 * Makes ids and secrets from a seed: the n-th of a kind is always the same, whatever else was made. The counts are
 * kept with the store, so that a restart goes on where it stopped.
 */
export class Generator {
  readonly #seed: string;
  readonly #counts: Map<string, number>;
  /** True when something was made since the counts were last read. */
  drawn = false;

  constructor(seed: string, counts: Record<string, number> = {}) {
    this.#seed = seed;
    this.#counts = new Map(Object.entries(counts));
  }

  counts() {
    this.drawn = false;
    return Object.fromEntries(this.#counts);
  }

  draw(stream: string, length: number) {
    const count = (this.#counts.get(stream) ?? 0) + 1;
    this.#counts.set(stream, count);
    this.drawn = true;
    let drawn = '';
    for (let part = 0; drawn.length < length; part++)
      drawn += text(hash('sha256', `${this.#seed}/${stream}/${count}/${part}`, 'buffer'));
    return drawn.slice(0, length);
  }

  /** A whole number from 0 up to, not including, `below`. */
  number(stream: string, below: number) {
    const count = (this.#counts.get(stream) ?? 0) + 1;
    this.#counts.set(stream, count);
    this.drawn = true;
    return hash('sha256', `${this.#seed}/${stream}/${count}`, 'buffer').readUInt32BE() % below;
  }

  /** Runs work, which must not be asynchronous, that makes its ids here. */
  run<T>(work: () => T): T {
    const before = current;
    current = this;
    try {
      return work();
    } finally {
      current = before;
    }
  }
}

/** The generator of the emulator that is at work; several can share a process. */
let current: Generator | undefined;

function draw(stream: string, length: number) {
  return current ? current.draw(stream, length) : text(randomBytes(length));
}

export function token(length: number) {
  return draw('token', length);
}

export function newId(prefix: string) {
  return `${prefix}_${draw(prefix, 24)}`;
}

export const platformAccount = 'acct_platform';
