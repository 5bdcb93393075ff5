import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

const tables = `
CREATE TABLE IF NOT EXISTS objects (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, scope TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
  due INTEGER, clock TEXT, data TEXT NOT NULL, UNIQUE (scope, id));
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (scope, kind, seq);
CREATE INDEX IF NOT EXISTS objects_by_id ON objects (id);
CREATE INDEX IF NOT EXISTS objects_due ON objects (due) WHERE due IS NOT NULL AND clock IS NULL;
CREATE INDEX IF NOT EXISTS objects_by_clock ON objects (clock, due) WHERE clock IS NOT NULL;
CREATE TABLE IF NOT EXISTS events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, scope TEXT NOT NULL, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, object TEXT,
  created INTEGER NOT NULL, made INTEGER NOT NULL, data TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS events_by_scope ON events (scope, seq);
CREATE INDEX IF NOT EXISTS events_by_object ON events (object);
CREATE TABLE IF NOT EXISTS refs (
  scope TEXT NOT NULL, kind TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, seq INTEGER NOT NULL,
  PRIMARY KEY (scope, kind, field, value, seq)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS refs_by_seq ON refs (seq);
CREATE TABLE IF NOT EXISTS requests (
  scope TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL,
  request_id TEXT NOT NULL, created INTEGER NOT NULL, PRIMARY KEY (scope, key));
CREATE TABLE IF NOT EXISTS deliveries (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, endpoint TEXT NOT NULL, event TEXT NOT NULL, scope TEXT NOT NULL,
  attempts INTEGER NOT NULL, due INTEGER, first_at INTEGER NOT NULL, done INTEGER NOT NULL DEFAULT 0,
  delivered INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS deliveries_by_due ON deliveries (due) WHERE due IS NOT NULL;
CREATE INDEX IF NOT EXISTS deliveries_by_event ON deliveries (event);
CREATE TABLE IF NOT EXISTS attempts (
  delivery INTEGER NOT NULL, at INTEGER NOT NULL, status INTEGER, answer TEXT NOT NULL, milliseconds INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS attempts_by_delivery ON attempts (delivery);
CREATE TABLE IF NOT EXISTS request_log (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, scope TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL,
  method TEXT NOT NULL, path TEXT NOT NULL, status INTEGER NOT NULL, key TEXT, milliseconds INTEGER NOT NULL,
  request TEXT NOT NULL, answer TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
`;

export interface ObjectRecord {
  seq: number;
  scope: string;
  kind: string;
  id: string;
  due: number | null;
  /** The test clock whose time is its time, or null. */
  clock: string | null;
  data: string;
}

/** The emulator's state: one SQLite file. A transaction is durable against the loss of the process. */
export class Store {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(path: string) {
    this.#database = new DatabaseSync(path);
    this.#database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000;',
    );
    this.#database.exec('PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 4000;');
    this.#upgrade();
    this.#database.exec(tables);
  }

  /** A store of an earlier version: its events move into their own table. */
  #upgrade() {
    const columns = this.#database.prepare("SELECT name FROM pragma_table_info('objects')").all();
    if (columns.length === 0 || columns.some(({ name }) => name === 'clock')) return;
    this.#database.exec('ALTER TABLE objects ADD COLUMN clock TEXT; DROP INDEX IF EXISTS objects_by_due;');
    this.#database.exec(tables);
    this.#database.exec(`
      INSERT INTO events (scope, id, type, object, created, made, data)
        SELECT scope, id, data ->> 'type', data ->> '$.data.object.id', data ->> 'created', data ->> 'created', data
        FROM objects WHERE kind = 'event' ORDER BY seq;
      DELETE FROM objects WHERE kind = 'event';
      ALTER TABLE deliveries ADD COLUMN delivered INTEGER NOT NULL DEFAULT 0;
      UPDATE deliveries SET delivered = done;`);
  }

  #prepare(sql: string) {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  all<T>(sql: string, ...values: SQLInputValue[]): T[] {
    return this.#prepare(sql).all(...values) as T[];
  }

  get<T>(sql: string, ...values: SQLInputValue[]): T | undefined {
    return this.#prepare(sql).get(...values) as T | undefined;
  }

  run(sql: string, ...values: SQLInputValue[]) {
    return Number(this.#prepare(sql).run(...values).lastInsertRowid);
  }

  transaction<T>(work: () => T): T {
    this.run('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.run('COMMIT');
      return result;
    } catch (error) {
      this.run('ROLLBACK');
      throw error;
    }
  }

  /** Within a transaction: runs work and takes back whatever it wrote. */
  rehearse<T>(work: () => T): T {
    this.#database.exec('SAVEPOINT rehearsal');
    try {
      return work();
    } finally {
      this.#database.exec('ROLLBACK TO rehearsal; RELEASE rehearsal');
    }
  }

  setting(name: string) {
    return this.get<{ value: string }>('SELECT value FROM settings WHERE name = ?', name)?.value;
  }

  set(name: string, value: string) {
    this.run(
      'INSERT INTO settings VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
      name,
      value,
    );
  }

  get closed() {
    return !this.#database.isOpen;
  }

  close() {
    this.#database.close();
  }
}
