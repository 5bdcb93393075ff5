import type { JsonObject } from './json.ts';

type Series = {
  function: string;
  service: string;
  operation: string;
  calls: number;
  errors: number;
  units: number;
  latencies: number[];
};

/** Enough for an honest p99 without growing for ever. */
const kept = 2000;

export class Metrics {
  #series = new Map<string, Series>();
  #keys: Map<string, { read: number; written: number }> | undefined;

  record(
    caller: string,
    service: string,
    operation: string,
    ms: number,
    { units = 0, failed = 0 } = {},
  ): void {
    const key = `${caller}\n${service}\n${operation}`;
    const series = this.#series.get(key) ?? {
      function: caller,
      service,
      operation,
      calls: 0,
      errors: 0,
      units: 0,
      latencies: [],
    };
    series.latencies[series.calls % kept] = ms;
    series.calls++;
    series.errors += failed;
    series.units += units;
    this.#series.set(key, series);
  }

  /** From now on what is used of each partition key is counted, anew. */
  watchKeys(): void {
    this.#keys = new Map();
  }

  get watchesKeys(): boolean {
    return this.#keys !== undefined;
  }

  touch(kind: 'read' | 'written', key: string, units: number): void {
    const counted = this.#keys?.get(key) ?? { read: 0, written: 0 };
    counted[kind] += units;
    this.#keys?.set(key, counted);
  }

  /** The units of each partition key since `watchKeys`, busiest first. */
  keys(): JsonObject[] {
    return [...(this.#keys ?? [])]
      .map(([key, units]) => ({ key, ...units }))
      .sort((one, other) => other.read + other.written - one.read - one.written);
  }

  report(): JsonObject[] {
    return [...this.#series.values()].map(({ latencies, ...series }) => {
      const sorted = [...latencies].sort((left, right) => left - right);
      const at = (share: number) =>
        Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 100) / 100;
      return { ...series, latencyMs: { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) } };
    });
  }
}
