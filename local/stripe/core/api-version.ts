/** The version the SDK in package.json is pinned to. */
export const apiVersion = '2026-10-28.endive';
