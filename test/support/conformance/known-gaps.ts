/**
 * What R4 says a server SHOULD do and ours does not, each with its reason. A case in this table that passes fails the
 * run, so that the table stays true; a MUST cannot stand here.
 */
export const knownGaps: ReadonlyMap<string, string> = new Map([
  [
    'search-sort: by a token: Patient?_sort=-gender,family in the order a, d, b, c',
    'tokens lie as hashes, without an order (decision 0008): refused, naming what can be sorted by',
  ],
  [
    'search-sort: by a token: Patient?_sort=gender,-birthdate in the order c, b, a, d',
    'tokens lie as hashes, without an order (decision 0008): refused, naming what can be sorted by',
  ],
])

/** The same of the profile dmp: none of what it claims. */
export const knownGapsOfDmp: ReadonlyMap<string, string> = new Map()
