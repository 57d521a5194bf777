/**
 * A document's type is one of JDV_J66, its category the class that ASS_X16 gives the type; a missing class is derived.
 * @see rule D5
 */
import type { CodeableConcept, DocumentReference } from '@medplum/fhirtypes'
import type { Issue } from '../../fhir/issue.ts'
import type { DocumentType, DocumentTypes } from '../codes/document-types.ts'
import { outsideValueSet, toldCode } from '../codes/value-set-check.ts'

const at = 'DocumentReference.type'

/** The type that a concept names: its one coding of JDV_J66. Codings of other systems beside it are let be. */
export function documentTypeOf(
  type: CodeableConcept | undefined,
  types: DocumentTypes,
): { readonly type: DocumentType } | { readonly issue: Issue } {
  const codings = type?.coding ?? []
  if (codings.length === 0) {
    return {
      issue: {
        severity: 'error',
        type: 'required',
        error: 'element-requis',
        params: { name: at },
        expression: at,
        rule: 'D5',
      },
    }
  }
  const known = new Set(codings.flatMap((coding) => types.find(coding) ?? []))
  const [only, ...others] = known
  if (only && others.length === 0) return { type: only }
  const table = { name: types.name, version: types.version, concepts: types.all, find: types.find }
  const [fault] = outsideValueSet(codings, table, at)
  // Where the code or the words are of a type, the fault says what to send.
  if (fault && fault.error !== 'code-non-admis') return { issue: { ...fault, rule: 'D5' } }
  return {
    issue: {
      severity: 'error',
      type: 'code-invalid',
      error: 'type-non-admis',
      params: { code: toldCode(codings[0]?.code), version: types.version },
      expression: at,
      rule: 'D5',
    },
  }
}

export function checkTypeAndClass(document: DocumentReference, types: DocumentTypes): Issue[] {
  const read = documentTypeOf(document.type, types)
  if ('issue' in read) return [read.issue]
  const expected = read.type.class
  return (document.category ?? []).flatMap((category, i): Issue[] => {
    const codings = category.coding ?? []
    const classes = codings.flatMap((coding) => types.classes.find(coding) ?? [])
    if (classes.length > 0 && classes.every((c) => c.code === expected.code)) return []
    const given = toldCode(classes[0]?.code ?? codings[0]?.code)
    return [
      {
        severity: 'error',
        type: 'business-rule',
        error: 'classe-incorrecte',
        params: { type: read.type.code, expected: expected.code, given },
        expression: `DocumentReference.category[${i}]`,
        rule: 'D5',
      },
    ]
  })
}

/** The document with the category of its type when none was sent. A type that is not known is left to the check. */
export function withDerivedClass(document: DocumentReference, types: DocumentTypes): DocumentReference {
  if (document.category && document.category.length > 0) return document
  const read = documentTypeOf(document.type, types)
  if ('issue' in read) return document
  const { system, code, display } = read.type.class
  return { ...document, category: [{ coding: [{ system, code, display }] }] }
}
