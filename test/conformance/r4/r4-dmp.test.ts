/**
 * Conformance of the profile dmp: every clause, as far as the server claims what it asks for. What does not apply is
 * counted as that, with its reason.
 * @see https://hl7.org/fhir/R4/
 */
import { conformanceOfDmp } from '../../support/conformance/suite.ts'
import { contentClauses } from './content-clauses.ts'
import { interactionClauses } from './interaction-clauses.ts'
import { searchClauses } from './search-clauses.ts'

await conformanceOfDmp('r4-dmp', [...interactionClauses, ...searchClauses, ...contentClauses])
