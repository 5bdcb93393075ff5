/** What the inspector's page and its server say to each other. */
export interface Overview {
  /** Where the clock is moved when the emulator is part of a whole stack. */
  control: string | null;
  accounts: { id: string; name: string }[];
}

export interface Listed {
  seq: number;
  id: string;
  about: string;
  /** Epoch seconds. */
  created: number | null;
}

export type DeliveryState = 'delivered' | 'failed' | 'waiting';

export interface Delivery {
  endpoint: string;
  state: DeliveryState;
  /** Milliseconds of the next attempt. */
  due: number | null;
  attempts: { at: number; status: number | null; answer: string; milliseconds: number }[];
}

export interface EventListed {
  seq: number;
  id: string;
  type: string;
  object: string | null;
  created: number;
  states: DeliveryState[];
}

export interface Call {
  seq: number;
  id: string;
  at: number;
  method: string;
  path: string;
  status: number;
  key: string | null;
  milliseconds: number;
}

export interface Found {
  scope: string;
  kind: string;
}

export interface Detail {
  title: string;
  json: object;
  deliveries?: Delivery[];
}
