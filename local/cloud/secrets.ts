import { randomBytes, randomUUID } from 'node:crypto';
import { AwsError } from './aws/error.ts';
import type { Clock } from './clock.ts';
import { type JsonObject, list, numeric, object, parseJson, text } from './json.ts';
import type { Store } from './store.ts';

type Secret = { arn: string; name: string };
type Version = { version: string; stages: string[]; value: string; created: number };

/** The initial value a template declares. */
export function initialValue({ SecretString, GenerateSecretString }: JsonObject): string {
  if (typeof SecretString === 'string') return SecretString;
  if (GenerateSecretString === undefined) return '';
  const { SecretStringTemplate, GenerateStringKey, PasswordLength } = object(GenerateSecretString);
  const length = numeric(PasswordLength, 32);
  const generated = randomBytes(length).toString('base64url').slice(0, length);
  if (GenerateStringKey === undefined) return generated;
  const template = object(parseJson(text(SecretStringTemplate, '{}')));
  return JSON.stringify({ ...template, [text(GenerateStringKey)]: generated });
}

export class Secrets {
  #secrets = new Map<string, Secret>();
  #store: Store;
  #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** The initial value is written once: a later start keeps what was put since. */
  add(secret: Secret, value: string): void {
    this.#secrets.set(secret.arn, secret);
    if (this.#versions(secret).length === 0 && value !== '')
      this.#put(secret, value, ['AWSCURRENT'], randomUUID());
  }

  /** By ARN, name, or ARN without the random suffix. */
  find(id: string): Secret {
    for (const secret of this.#secrets.values()) {
      if (secret.arn === id || secret.name === id || secret.arn.slice(0, -7) === id) return secret;
    }
    throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  }

  run(operation: string, secret: Secret, input: JsonObject): JsonObject {
    const { arn: ARN, name: Name } = secret;
    if (operation === 'GetSecretValue') {
      const stage = text(input.VersionStage, 'AWSCURRENT');
      const wanted = this.#versions(secret).find(({ version, stages }) =>
        input.VersionId === undefined ? stages.includes(stage) : version === input.VersionId,
      );
      if (!wanted) {
        throw new AwsError(
          'ResourceNotFoundException',
          `Secrets Manager can't find the specified secret value for staging label: ${stage}`,
        );
      }
      const { version, stages, value, created } = wanted;
      return {
        ARN,
        Name,
        VersionId: version,
        SecretString: value,
        VersionStages: stages,
        CreatedDate: created / 1000,
      };
    }
    if (operation === 'PutSecretValue') {
      const version = text(input.ClientRequestToken, randomUUID());
      const stages =
        input.VersionStages === undefined
          ? ['AWSCURRENT']
          : list(input.VersionStages).map((stage) => text(stage));
      this.#put(secret, text(input.SecretString), stages, version);
      return { ARN, Name, VersionId: version, VersionStages: stages };
    }
    if (operation === 'DescribeSecret') {
      const versions = this.#versions(secret).filter(({ stages }) => stages.length > 0);
      return {
        ARN,
        Name,
        VersionIdsToStages: Object.fromEntries(versions.map(({ version, stages }) => [version, stages])),
      };
    }
    throw new AwsError('InvalidRequestException', `${operation} is not implemented locally.`);
  }

  #versions({ arn }: Secret): Version[] {
    return this.#store.database
      .prepare('SELECT * FROM secret WHERE arn = ? ORDER BY created DESC')
      .all(arn)
      .map((row) => ({
        version: String(row.version),
        stages: String(row.stages).split(' ').filter(Boolean),
        value: String(row.value),
        created: Number(row.created),
      }));
  }

  #put(secret: Secret, value: string, stages: string[], version: string): void {
    const label = this.#store.database.prepare('UPDATE secret SET stages = ? WHERE arn = ? AND version = ?');
    this.#store.transaction(() => {
      for (const old of this.#versions(secret)) {
        const current = old.stages.includes('AWSCURRENT') && stages.includes('AWSCURRENT');
        const kept = old.stages.filter(
          (stage) => !stages.includes(stage) && !(stage === 'AWSPREVIOUS' && stages.includes('AWSCURRENT')),
        );
        label.run([...kept, ...(current ? ['AWSPREVIOUS'] : [])].join(' '), secret.arn, old.version);
      }
      this.#store.database
        .prepare('INSERT OR REPLACE INTO secret VALUES (?, ?, ?, ?, ?)')
        .run(secret.arn, version, stages.join(' '), value, this.#clock.now());
    });
  }
}
