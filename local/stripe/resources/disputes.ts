import type { Definition } from '../core/definition.ts';
import { invalidRequest } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { idOf } from '../core/rows.ts';
import { boolean, hash, metadata, moments, oneOf, paging, string } from '../core/schema.ts';
import { mergeMetadata, within } from '../core/tx.ts';
import { unchanged } from '../core/unit-of-work.ts';
import { closeDispute, disputeDue, mustNeedResponse, runDispute, submitEvidence } from '../money/dispute.ts';
import { evidenceSchema, lengthOf, longestEvidence } from '../money/evidence.ts';

const ends = ['won', 'lost', 'warning_closed'];

export const disputeDefinition: Definition<'dispute'> = {
  events(before, after) {
    if (!after) return [];
    const types = before ? [] : ['charge.dispute.created'];
    const newest = after.balance_transactions.slice(before?.balance_transactions.length ?? 0);
    for (const { net } of newest) types.push(`charge.dispute.funds_${net < 0 ? 'withdrawn' : 'reinstated'}`);
    if (before && after.status !== before.status && ends.includes(after.status))
      types.push('charge.dispute.closed');
    else if (before && !unchanged(before, after) && (newest.length === 0 || after.status !== before.status))
      types.push('charge.dispute.updated');
    return types;
  },
  refs: (row) => ({ charge: idOf(row.charge), payment_intent: idOf(row.payment_intent) }),
  due: disputeDue,
  run: runDispute,
};

export const disputeRoutes = [
  route(
    'GET',
    '/v1/disputes',
    { ...paging, charge: string, payment_intent: string, created: moments },
    ({ tx, params: { charge, payment_intent, created, ...page } }) => {
      const ref =
        charge !== undefined
          ? { field: 'charge', value: charge }
          : payment_intent !== undefined
            ? { field: 'payment_intent', value: payment_intent }
            : undefined;
      return tx.page('dispute', '/v1/disputes', page, {
        ...(ref && { ref }),
        where: (row) => within(row.created, created),
      });
    },
  ),
  route('GET', '/v1/disputes/:id', {}, ({ tx, id }) => tx.need('dispute', id)),
  route(
    'POST',
    '/v1/disputes/:id',
    {
      evidence: hash(evidenceSchema),
      intended_submission_method: oneOf('manual', 'prefer_manual', 'prefer_smart_disputes', 'smart_disputes'),
      metadata,
      submit: boolean,
    },
    ({ tx, id, params: { evidence, submit = true, intended_submission_method, metadata: given } }) => {
      const row = tx.need('dispute', id);
      row.metadata = mergeMetadata(row.metadata, given);
      if (intended_submission_method) row.intended_submission_method = intended_submission_method;
      if (evidence) {
        mustNeedResponse(row);
        row.evidence = { ...row.evidence, ...evidence };
        row.evidence_details.has_evidence = true;
        if (lengthOf(row.evidence) > longestEvidence)
          throw invalidRequest('The evidence can have up to 150,000 characters in all.', 'evidence');
      }
      // Staged evidence is submitted by a call that says so.
      if (
        submit &&
        (evidence || row.evidence_details.submission_count === 0) &&
        row.evidence_details.has_evidence
      )
        submitEvidence(tx, row);
      return row;
    },
  ),
  route('POST', '/v1/disputes/:id/close', {}, ({ tx, id }) => {
    const row = tx.need('dispute', id);
    mustNeedResponse(row);
    closeDispute(tx, row, 'lost');
    return row;
  }),
];
