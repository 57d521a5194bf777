/** Clauses of formats, validation, operations, and behaviour under pressure. @see https://hl7.org/fhir/R4/ */
import type { Clause } from '../../support/conformance/clause.ts'
import { binaryContent } from './binary.ts'
import { formats } from './formats.ts'
import { formatsXml } from './formats-xml.ts'
import { hostile } from './hostile.ts'
import { hostileBodies } from './hostile-bodies.ts'
import { operationEverything } from './operation-everything.ts'
import { operationMeta } from './operation-meta.ts'
import { operationValidate } from './operation-validate.ts'
import { operationVersions } from './operation-versions.ts'
import { operationExpand, operationLookup, operationValidateCode } from './operations-terminology.ts'
import { races } from './races.ts'
import { validation } from './validation.ts'

export const contentClauses: readonly Clause[] = [
  binaryContent,
  formats,
  formatsXml,
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
  hostileBodies,
]
