import { randomBytes, randomUUID } from 'node:crypto';
import { AwsError } from './aws/error.ts';
import type { Clock } from './clock.ts';
import { region } from './intrinsics.ts';
import { type Json, type JsonObject, list, object, parseJson, text } from './json.ts';
import type { Store } from './store.ts';

const bad = (message: string) => new AwsError('BadRequestException', message);
const strings = (value: Json | undefined) => list(value).map((item) => text(item));

/** "Service quotas in Amazon SES": recipients per message, and bytes of a message sent as Simple. */
const mostRecipients = 50;
const mostBytes = 40 * 1024 * 1024;

/** What SendEmail takes and the local cloud does not do: refused by name instead of being dropped. */
const unknownFields = [
  'FromEmailAddressIdentityArn',
  'FeedbackForwardingEmailAddress',
  'FeedbackForwardingEmailAddressIdentityArn',
  'EndpointId',
  'TenantName',
  'ListManagementOptions',
  'ConfigurationOverrides',
];

/** An address as it is compared: the domain in lower case, the part before the `@` as it is. */
function comparable(address: string): string {
  const at = address.lastIndexOf('@');
  return `${address.slice(0, at)}${address.slice(at).toLowerCase()}`;
}

/** The address in `a@b.example` or `Name <a@b.example>`, its domain in lower case. Throws BadRequestException. */
export function addressOf(given: string): string {
  const [, inner = given] = /<([^<>]*)>\s*$/.exec(given) ?? [];
  const address = inner.trim();
  const at = address.lastIndexOf('@');
  if (at < 0) throw bad("Missing final '@domain'");
  if (at === 0 || /[\s,;<>]/.test(address)) throw bad('Local address contains control or whitespace');
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(address.slice(at + 1)))
    throw bad('Domain contains illegal character');
  return comparable(address);
}

/** `{ Data, Charset? }` as text. "Content" in the SES v2 API: without a charset it must be 7-bit ASCII. */
function contentOf(name: string, value: Json | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  const { Data, Charset } = object(value);
  if (typeof Data !== 'string') throw bad(`1 validation error detected: ${name}.Data must not be null`);
  const charset = text(Charset);
  if (charset === '') {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the whole 7-bit range is meant
    if (!/^[\x00-\x7f]*$/.test(Data)) throw bad(`${name} is not 7-bit ASCII and names no Charset.`);
    return Data;
  }
  try {
    new TextDecoder(charset);
  } catch {
    throw bad(`Unknown charset: ${charset}`);
  }
  return Data;
}

/** A tag's name and value: 1 to 256 ASCII letters, digits, `_` and `-` ("MessageTag" in the SES v2 API). */
function tagsOf(value: Json | undefined): JsonObject {
  const tags = list(value).map((tag) => object(tag));
  for (const { Name, Value } of tags) {
    for (const part of [Name, Value]) {
      if (!/^[\w-]{1,256}$/.test(text(part))) throw bad(`Invalid tag: ${text(Name)}=${text(Value)}`);
    }
  }
  return Object.fromEntries(tags.map(({ Name, Value }) => [text(Name), text(Value)]));
}

/** SES: the identities that may send, and what was sent. Mails are kept durably and leave for nowhere. */
export class Email {
  readonly #identities = new Set<string>();
  readonly #configurationSets = new Set<string>();
  #store: Store;
  #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** A domain or an address that counts as verified. */
  addIdentity(identity: string): void {
    this.#identities.add(identity.includes('@') ? addressOf(identity) : identity.toLowerCase());
  }

  addConfigurationSet(name: string): void {
    this.#configurationSets.add(name);
  }

  /**
   * The declared identity an address sends as; undefined when it is not verified. An address goes before its domain,
   * a `+label` belongs to its address, a domain speaks for its subdomains ("Verified identities in Amazon SES").
   */
  identityOf(from: string): string | undefined {
    const address = addressOf(from);
    const [local = '', domain = ''] = address.split('@');
    const labels = domain.split('.');
    const domains = labels.map((_label, index) => labels.slice(index).join('.'));
    return [address, `${local.replace(/\+.*$/, '')}@${domain}`, ...domains].find((one) =>
      this.#identities.has(one),
    );
  }

  /** SendEmail. Stored when this returns; throws what SES answers: BadRequest, NotFound or MessageRejected. */
  send(input: JsonObject): JsonObject {
    const unknown = unknownFields.find((field) => input[field] !== undefined);
    if (unknown) throw bad(`${unknown} is not known locally.`);
    const from = text(input.FromEmailAddress);
    const { ToAddresses, CcAddresses, BccAddresses } = object(input.Destination);
    const [to, cc, bcc] = [strings(ToAddresses), strings(CcAddresses), strings(BccAddresses)];
    const recipients = [...to, ...cc, ...bcc];
    const replyTo = strings(input.ReplyToAddresses);
    for (const one of [from, ...recipients, ...replyTo]) addressOf(one);
    if (recipients.length === 0) throw bad('Destination must hold at least one recipient.');
    if (recipients.length > mostRecipients) throw bad(`Recipient count exceeds ${mostRecipients}.`);
    const content = this.#contentOf(object(input.Content));
    const tags = tagsOf(input.EmailTags);
    const set = text(input.ConfigurationSetName);
    if (set !== '' && !this.#configurationSets.has(set)) {
      throw new AwsError('NotFoundException', `Configuration set <${set}> does not exist.`, 404);
    }
    if (this.identityOf(from) === undefined) {
      throw new AwsError(
        'MessageRejected',
        `Email address is not verified. The following identities failed the check in region ${region.toUpperCase()}: ${from}`,
      );
    }
    const id = `${randomBytes(8).toString('hex')}-${randomUUID()}-000000`;
    const mail = JSON.stringify({ id, to, cc, bcc, from, replyTo, ...content, tags });
    this.#store.database
      .prepare('INSERT INTO mail (at, recipients, mail) VALUES (?, ?, ?)')
      .run(this.#clock.now(), `\n${recipients.map(addressOf).join('\n')}\n`, mail);
    return { MessageId: id };
  }

  /** What was sent, newest first: `{ id, to, cc, bcc, from, replyTo, subject, text, html, tags, at }`. */
  sent(to?: string): JsonObject[] {
    return this.#store.database
      .prepare('SELECT at, mail FROM mail WHERE instr(recipients, ?) > 0 ORDER BY seq DESC')
      .all(to === undefined ? '' : `\n${comparable(to)}\n`)
      .map(({ at, mail }) => ({
        ...object(parseJson(String(mail))),
        at: new Date(Number(at)).toISOString(),
      }));
  }

  #contentOf({ Simple, ...others }: JsonObject): JsonObject {
    const [other] = Object.keys(others);
    if (Simple === undefined) {
      throw bad(
        other ? `Content.${other} is not known locally.` : 'Content must hold Simple, Raw or Template.',
      );
    }
    const { Subject, Body, ...rest } = object(Simple);
    const [extra] = Object.keys(rest);
    if (extra) throw bad(`Content.Simple.${extra} is not known locally.`);
    const subject = contentOf('Subject', Subject);
    const plain = contentOf('Body.Text', object(Body).Text);
    const html = contentOf('Body.Html', object(Body).Html);
    if (subject === undefined) throw bad('1 validation error detected: Subject must not be null');
    if (plain === undefined && html === undefined) throw bad('Body must hold Text or Html.');
    const bytes = [subject, plain ?? '', html ?? ''].reduce((sum, part) => sum + Buffer.byteLength(part), 0);
    if (bytes > mostBytes) throw bad('Message length is more than 41943040 bytes long.');
    return { subject, text: plain ?? null, html: html ?? null };
  }
}
