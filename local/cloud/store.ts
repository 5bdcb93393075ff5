import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const schema = `
  CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS message (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
    attributes TEXT NOT NULL, sent INTEGER NOT NULL, visible INTEGER NOT NULL, receives INTEGER NOT NULL DEFAULT 0,
    first INTEGER, receipt TEXT, source TEXT);
  CREATE INDEX IF NOT EXISTS message_due ON message (queue, visible);
  CREATE INDEX IF NOT EXISTS message_receipt ON message (receipt);
  CREATE TABLE IF NOT EXISTS secret (
    arn TEXT NOT NULL, version TEXT NOT NULL, stages TEXT NOT NULL, value TEXT NOT NULL, created INTEGER NOT NULL,
    PRIMARY KEY (arn, version));
  CREATE TABLE IF NOT EXISTS mail (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, recipients TEXT NOT NULL, mail TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS schedule (
    arn TEXT PRIMARY KEY, grp TEXT NOT NULL, name TEXT NOT NULL, due INTEGER, definition TEXT NOT NULL,
    token TEXT NOT NULL, created INTEGER NOT NULL, modified INTEGER NOT NULL);
  CREATE INDEX IF NOT EXISTS schedule_due ON schedule (due);
  CREATE TABLE IF NOT EXISTS recurring (arn TEXT PRIMARY KEY, expression TEXT NOT NULL, last INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS invocation (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, function TEXT NOT NULL, payload TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL);
`;

/** The cloud's own durable state. WAL: what was committed survives the death of this process. */
export class Store {
  readonly database: DatabaseSync;
  #depth = 0;

  constructor(dataDirectory: string) {
    mkdirSync(dataDirectory, { recursive: true });
    this.database = new DatabaseSync(join(dataDirectory, 'cloud.sqlite'));
    this.database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000;');
    this.database.exec(schema);
  }

  get(name: string): string | undefined {
    const row = this.database.prepare('SELECT value FROM setting WHERE name = ?').get(name);
    return typeof row?.value === 'string' ? row.value : undefined;
  }

  set(name: string, value: string): void {
    this.database.prepare('INSERT OR REPLACE INTO setting VALUES (?, ?)').run(name, value);
  }

  /** All or nothing; inside another transaction it becomes part of that one. */
  transaction<T>(work: () => T): T {
    if (this.#depth > 0) return work();
    this.database.exec('BEGIN IMMEDIATE');
    this.#depth++;
    try {
      const result = work();
      this.database.exec('COMMIT');
      return result;
    } catch (error) {
      this.database.exec('ROLLBACK');
      throw error;
    } finally {
      this.#depth--;
    }
  }

  close(): void {
    this.database.close();
  }
}

/** The clock offset an earlier run left in the directory; 0 when there was none. */
export function storedOffset(dataDirectory: string): number {
  const store = new Store(dataDirectory);
  const offset = Number(store.get('clock.offset') ?? 0);
  store.close();
  return offset;
}
