/**
 * The patch of a document's metadata: a JSON Patch, or a FHIRPath Patch, with what the ANS draft writes and neither
 * standard says. `/securityLabel/0` replaced as a whole sets or clears that one label (rule V1); the path
 * `/extension[url:'…']/valueBoolean` is isArchived, whether the extension is there or not.
 * @see https://hl7.org/fhir/R4/http.html#patch, RFC 6902, ANS PDSm4DMP 0.1.0 TD3.3a to TD3.3d
 *
 * Not served: XML Patch (415). Not checked: what the patch changes, and whether the outcome is valid (change-document.ts).
 */
import type { CodeableConcept } from '@medplum/fhirtypes'
import { withArchived } from '../../../dmp/documents/document-change.ts'
import { readSecurityLabels, replaceLabel } from '../../../dmp/documents/security-labels.ts'
import { refusal, refuseFaults } from '../../../fhir/fhir-error.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../fhir/json.ts'
import { applyFhirPathPatch } from '../../../patch/apply-fhirpath-patch.ts'
import { applyJsonPatch } from '../../../patch/apply-json-patch.ts'
import { readJsonPatch } from '../../../patch/json-patch-operations.ts'
import { validate } from '../../../validation/validate.ts'
import type { Body } from '../../input.ts'
import { readBody, readJson } from '../../read-body.ts'
import type { DmpEngine } from '../dmp-engine.ts'

/** @throws FhirError 422 where the patch does not fit the document */
export type DocumentPatch = (document: JsonObject) => JsonObject

/** What is meant by an operation that neither standard would read so. */
type Directive =
  | { readonly element: 'securityLabel'; readonly label: JsonObject }
  | { readonly element: 'extension'; readonly archived: boolean }

/** More than any change of a document has reason for; each is applied to a copy. */
export const maxDocumentOperations = 50

/** @throws FhirError 400 on what is no patch, 413 on too many operations, 415, 422 for Parameters that are not valid */
export function readDocumentPatch(engine: DmpEngine, body: Body | undefined): DocumentPatch {
  if (body?.format === 'json-patch') return jsonPatch(readJson(engine, body.text))
  const parameters = readBody(engine, body)
  if (parameters.resourceType !== 'Parameters') {
    throw refusal('structure', 'type-inattendu', { params: { expected: 'Parameters' } })
  }
  return parametersPatch(engine, parameters)
}

/** A FHIRPath Patch, as a request has it and the entry of a submission. */
export function parametersPatch(engine: DmpEngine, parameters: JsonObject): DocumentPatch {
  refuseFaults(validate(parameters, engine.registry))
  const operations = Array.isArray(parameters.parameter) ? parameters.parameter : []
  refuseTooMany(operations.length)
  const directives: Directive[] = []
  const standard = operations.map((operation) => {
    const directive = isJsonObject(operation) ? fhirPathDirective(operation) : undefined
    if (!directive) return operation
    directives.push(directive)
    return nothingByFhirPath
  })
  refuseMixed(
    directives,
    standard.map((operation) => pathOf(operation)),
  )
  const patch = standard.length === 0 ? parameters : { ...parameters, parameter: standard }
  return (document) => directed(applyFhirPathPatch(document, patch, engine.registry), directives)
}

function jsonPatch(operations: JsonValue): DocumentPatch {
  if (!Array.isArray(operations)) {
    throw refusal('structure', 'type-attendu', { params: { name: 'JSON Patch', datatype: 'array' } })
  }
  refuseTooMany(operations.length)
  const directives: Directive[] = []
  const standard = operations.map((operation) => {
    const directive = isJsonObject(operation) ? jsonDirective(operation) : undefined
    if (!directive) return operation
    directives.push(directive)
    return nothingByJson
  })
  readJsonPatch(standard)
  refuseMixed(
    directives,
    standard.map((operation) => (isJsonObject(operation) && operation.op !== 'test' ? operation.path : '')),
  )
  return (document) => directed(applyJsonPatch(document, standard), directives)
}

/** They stand in for directives: a fault then names an operation by its place in the request. */
const nothingByJson: JsonObject = { op: 'test', path: '/resourceType', value: 'DocumentReference' }
const nothingByFhirPath: JsonObject = {
  name: 'operation',
  part: [
    { name: 'type', valueCode: 'delete' },
    { name: 'path', valueString: 'DocumentReference.securityLabel.where(false)' },
  ],
}

function directed(document: JsonObject, directives: readonly Directive[]): JsonObject {
  let changed = document
  for (const directive of directives) {
    changed =
      directive.element === 'extension'
        ? withArchived(changed, directive.archived)
        : withLabelReplaced(changed, directive.label)
  }
  return changed
}

/** @throws FhirError 422 for what is no label, or does not say which of several to clear */
function withLabelReplaced(document: JsonObject, replacement: JsonObject): JsonObject {
  // What is no label is found by `replaceLabel`; what is stored was valid.
  const present = document.securityLabel as unknown as CodeableConcept[] | undefined
  const label = replacement as unknown as CodeableConcept
  const labels = replaceLabel(present, label)
  if (labels) return { ...document, securityLabel: labels as unknown as JsonValue }
  throw refusal('unprocessable', isKnown(label) ? 'etiquette-ambigue' : 'etiquette-inconnue', {
    type: 'code-invalid',
    expression: 'DocumentReference.securityLabel[0]',
    rule: 'V1',
  })
}

function isKnown(label: CodeableConcept): boolean {
  return readSecurityLabels([label]).issues.length === 0
}

const ARCHIVED_URL =
  'https?://interop\\.esante\\.gouv\\.fr/ig/fhir/pdsm/(?:StructureDefinition/pdsm-ext-is-archived|SearchParameter/PDSm-isArchived)'
const JSON_ARCHIVED = new RegExp(`^/extension\\[url\\s*[:=]\\s*(['"])${ARCHIVED_URL}\\1\\]/valueBoolean$`)
const FHIRPATH_ARCHIVED = new RegExp(
  `^(?:DocumentReference\\.)?extension(?:\\.where\\(\\s*url\\s*=\\s*'${ARCHIVED_URL}'\\s*\\)|\\('${ARCHIVED_URL}'\\))` +
    '\\.value(?:Boolean|\\.ofType\\(boolean\\))?$',
)
const FHIRPATH_LABEL = /^(?:DocumentReference\.)?securityLabel(?:\[0\]|\.first\(\))$/

function jsonDirective({ op, path, value }: JsonObject): Directive | undefined {
  if (typeof path !== 'string') return undefined
  if (op === 'replace' && path === '/securityLabel/0' && isLabel(value))
    return { element: 'securityLabel', label: value }
  const archived = flag(value)
  if ((op === 'replace' || op === 'add') && archived !== undefined && JSON_ARCHIVED.test(path))
    return { element: 'extension', archived }
  return undefined
}

function fhirPathDirective(operation: JsonObject): Directive | undefined {
  const path = pathOf(operation)
  if (path === undefined || partOf(operation, 'type')?.valueCode !== 'replace') return undefined
  const value = partOf(operation, 'value')
  const label = value?.valueCodeableConcept
  if (FHIRPATH_LABEL.test(path) && isLabel(label)) return { element: 'securityLabel', label }
  const archived = flag(value?.valueBoolean)
  return archived !== undefined && FHIRPATH_ARCHIVED.test(path)
    ? { element: 'extension', archived }
    : undefined
}

function partOf(operation: JsonObject, name: string): JsonObject | undefined {
  const parts = Array.isArray(operation.part) ? operation.part : []
  return parts.find((part): part is JsonObject => isJsonObject(part) && part.name === name)
}

function pathOf(operation: JsonValue): string | undefined {
  const path = isJsonObject(operation) ? partOf(operation, 'path')?.valueString : undefined
  return typeof path === 'string' ? path : undefined
}

/** One concept with its codings, whatever they are. */
function isLabel(value: JsonValue | undefined): value is JsonObject {
  return isJsonObject(value) && Array.isArray(value.coding) && value.coding.every(isJsonObject)
}

/** The draft's examples write the boolean as a text. */
function flag(value: JsonValue | undefined): boolean | undefined {
  if (value === true || value === 'true') return true
  return value === false || value === 'false' ? false : undefined
}

/** A directive is read against the list as it is; beside other changes of the same list nobody could say which was meant. */
function refuseMixed(directives: readonly Directive[], paths: readonly (JsonValue | undefined)[]): void {
  for (const [index, path] of paths.entries()) {
    if (typeof path !== 'string' || path === pathOf(nothingByFhirPath)) continue
    const mixed = directives.find(({ element }) =>
      new RegExp(`^(?:/|(?:DocumentReference\\.)?)${element}\\b`).test(path),
    )
    if (mixed) throw refusal('structure', 'patch-forme', { params: { index, what: `${mixed.element} × 1` } })
  }
}

function refuseTooMany(count: number): void {
  if (count <= maxDocumentOperations) return
  throw refusal('too-long', 'trop-long', { params: { what: 'PATCH', limit: maxDocumentOperations } })
}
