import type { JsonObject } from '../json.ts';

/** An answer in the shape the AWS SDKs read as an exception of that name. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: JsonObject;

  constructor(code: string, message: string, status = 400, details: JsonObject = {}) {
    super(message);
    this.code = code;
    this.status = status;
    this.details = details;
  }
}
