/** Below it the limit serves its documents and pages by way of the pool of `pg`. */
export const POOL = '/pool'
