import { generator } from '../../local/random.ts';

/** Every order of so many things, as Heap's algorithm finds them. */
export function* everyOrder(length: number): Generator<number[]> {
  const indices = Array.from({ length }, (_, index) => index);
  const counters = indices.map(() => 0);
  yield [...indices];
  for (let i = 1; i < length; ) {
    const count = counters[i] ?? 0;
    if (count >= i) {
      counters[i] = 0;
      i++;
      continue;
    }
    const other = i % 2 === 0 ? 0 : count;
    const [a = 0, b = 0] = [indices[other], indices[i]];
    [indices[other], indices[i]] = [b, a];
    yield [...indices];
    counters[i] = count + 1;
    i = 1;
  }
}

/** Some of the orders, the same each time. */
export function* sampleOfOrders(length: number, size: number): Generator<number[]> {
  const random = generator(42);
  for (let count = 0; count < size; count++)
    yield Array.from({ length }, (_, index) => ({ index, rank: random() }))
      .sort((one, other) => one.rank - other.rank)
      .map(({ index }) => index);
}
