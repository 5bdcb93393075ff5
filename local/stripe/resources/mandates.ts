import { route } from '../core/routes.ts';

export const mandateRoutes = [
  route('GET', '/v1/mandates/:id', {}, ({ tx, id }) => tx.need('mandate', id, 'mandate')),
];
