/** A Lambda function as the template declares it. */
export type LambdaFunction = {
  name: string;
  arn: string;
  role: string;
  handler: string;
  directory: string;
  timeoutSeconds: number;
  memoryMb: number;
  variables: Record<string, string>;
};

/** What every environment of every function shares. */
export type Surroundings = {
  awsUrl: string;
  runtimeHost: string;
  compileCache: string;
  clockOffset: () => number;
  log: (name: string, chunk: Buffer) => void;
};
