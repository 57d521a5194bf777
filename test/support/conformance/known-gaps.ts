/**
 * What R4 says a server SHOULD do and ours does not, each with its reason. A case in this table that passes fails the
 * run, so that the table stays true; a MUST cannot stand here.
 */
export const knownGaps: ReadonlyMap<string, string> = new Map()

/** The same of the profile dmp: none of what it claims. */
export const knownGapsOfDmp: ReadonlyMap<string, string> = new Map()
