import { addressOf, type Email } from '../email.ts';
import { account, region } from '../intrinsics.ts';
import { list, object, text } from '../json.ts';
import { type RestService, unknownOperation } from './rest.ts';

const arn = (path: string) => `arn:aws:ses:${region}:${account}:${path}`;

/** The SES v2 API. Permissions are those of "Actions, resources, and condition keys for Amazon SES". */
export function sesService(email: Email): RestService {
  return {
    callOf(method, url, body) {
      if (method !== 'POST' || url.pathname !== '/v2/email/outbound-emails')
        throw unknownOperation(method, url);
      return { operation: 'SendEmail', input: body };
    },
    questions({ input }) {
      const from = text(input.FromEmailAddress);
      const { ToAddresses, CcAddresses, BccAddresses } = object(input.Destination);
      const recipients = [ToAddresses, CcAddresses, BccAddresses].flatMap((some) => list(some));
      const context = {
        'ses:ApiVersion': ['2'],
        'ses:FromAddress': [addressOf(from)],
        'ses:FromDisplayName': [from.replace(/<[^<>]*>\s*$/, '').trim()],
        'ses:Recipients': recipients.map((one) => addressOf(text(one))),
      };
      const identity = email.identityOf(from) ?? addressOf(from);
      const set = text(input.ConfigurationSetName);
      const resources = [`identity/${identity}`, ...(set === '' ? [] : [`configuration-set/${set}`])];
      return resources.map((path) => ({ action: 'ses:SendEmail', resource: arn(path), context }));
    },
    run: ({ input }) => email.send(input),
  };
}
