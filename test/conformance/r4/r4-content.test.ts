/** Conformance: formats, validation, operations, and behaviour under pressure. @see https://hl7.org/fhir/R4/ */
import { conformanceSuite } from '../../support/conformance/suite.ts'
import { formats } from './formats.ts'
import { hostile } from './hostile.ts'
import { operationEverything, operationMeta, operationValidate, operationVersions } from './operations.ts'
import { operationExpand, operationLookup, operationValidateCode } from './operations-terminology.ts'
import { races } from './races.ts'
import { validation } from './validation.ts'

await conformanceSuite('r4-content', [
  formats,
  validation,
  operationValidate,
  operationEverything,
  operationMeta,
  operationVersions,
  operationExpand,
  operationValidateCode,
  operationLookup,
  races,
  hostile,
])
