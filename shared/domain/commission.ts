/** R5.1: 10 % of gross, in basis points. */
export const defaultCommissionBasisPoints = 1_000;
