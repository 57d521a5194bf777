/**
 * What a caller may reach of the generic resources, as a condition for SQL. Every `from resource` that serves a caller
 * goes through it: search, include, chain, `_has`, history, conditional references.
 */
import { type Sql, sql } from '../sql.ts'

export type Reach = {
  /** A condition on the resource row that `alias` names. */
  condition(alias: Sql): Sql
  /** The condition holds of every resource: what the index finds need not be opened for it. */
  readonly unrestricted?: true
}

/** The fhir profile: everything. */
export const everything: Reach = { condition: () => sql`true`, unrestricted: true }
