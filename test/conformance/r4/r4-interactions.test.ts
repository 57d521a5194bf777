/** Conformance: the RESTful API. @see https://hl7.org/fhir/R4/http.html */
import { conformanceSuite } from '../../support/conformance/suite.ts'
import { interactionClauses } from './interaction-clauses.ts'

await conformanceSuite('r4-interactions', interactionClauses)
