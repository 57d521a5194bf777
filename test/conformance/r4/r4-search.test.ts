/** Conformance: search. @see https://hl7.org/fhir/R4/search.html */
import { conformanceSuite } from '../../support/conformance/suite.ts'
import { searchClauses } from './search-clauses.ts'

await conformanceSuite('r4-search', searchClauses)
