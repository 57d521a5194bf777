/** Conformance: formats, validation, operations, and behaviour under pressure. @see https://hl7.org/fhir/R4/ */
import { conformanceSuite } from '../../support/conformance/suite.ts'
import { contentClauses } from './content-clauses.ts'

await conformanceSuite('r4-content', contentClauses)
