/**
 * What CI-SIS demands of the header of every CDA document, and a server can tell from the header alone: the errors of its
 * schematron "structuration minimale". The five examples of the ANS keep all of them.
 *
 * NOT checked: what the schematron says with a warning; codes against JDV_J01, J02, J04, J07 and J47 (the metadata are
 * held to the value sets of the DMP); displays, addresses, telecoms; the body, and what a model adds to the header.
 * @see CI-SIS "structuration minimale" 1.2.250.1.213.1.1.1.1; rule D6
 */
import type { Issue } from '../../fhir/issue.ts'
import type { CdaHeader } from './cda-header.ts'
import { all, one } from './cda-select.ts'
import { cdaDateTime } from './cda-time.ts'
import type { CdaElement } from './cda-tree.ts'

export type CdaRule = {
  /** The element, as a path below ClinicalDocument. */
  readonly at: string
  /** In no language: it is put into texts of both. */
  readonly demands: string
  readonly holds: (root: CdaElement, header: CdaHeader) => boolean
}

const cdaHead = '2.16.840.1.113883.2.8.2.1'
const ciSis = '1.2.250.1.213.1.1.1.1'
/** In place of a model's template where the body is a file (IHE XDS-SD). */
const unstructured = '1.3.6.1.4.1.19376.1.2.20'
const confidentialities: ReadonlySet<string> = new Set(['N', 'R', 'V'])

const rules: readonly CdaRule[] = [
  {
    at: 'realmCode',
    demands: '@code = FR, 1..1',
    holds: (root) => isOnly(root, 'realmCode', ({ attributes }) => attributes.get('code') === 'FR'),
  },
  {
    at: 'typeId',
    demands: '@root = 2.16.840.1.113883.1.3, @extension = POCD_HD000040, 1..1',
    holds: (root) =>
      isOnly(
        root,
        'typeId',
        ({ attributes }) =>
          attributes.get('root') === '2.16.840.1.113883.1.3' &&
          attributes.get('extension') === 'POCD_HD000040',
      ),
  },
  {
    at: 'templateId',
    demands: `@root = ${cdaHead}, @root = ${ciSis}, 1..1`,
    holds: (_, { templateIds }) =>
      [cdaHead, ciSis].every((wanted) => templateIds.filter((id) => id === wanted).length === 1),
  },
  {
    at: 'templateId',
    demands: `@root ∉ {${cdaHead}, ${ciSis}}, 1..*`,
    holds: (_, { templateIds }) => templateIds.some((id) => id !== cdaHead && id !== ciSis),
  },
  {
    at: 'templateId',
    demands: `nonXMLBody: {${cdaHead}, ${ciSis}, ${unstructured}}`,
    holds: (_, { body, templateIds }) =>
      body.kind !== 'unstructured' || (templateIds.length === 3 && templateIds.includes(unstructured)),
  },
  { at: 'code', demands: '@codeSystem', holds: (_, { code }) => code.system !== '' },
  { at: 'title', demands: '1..1', holds: (_, { title }) => title !== undefined },
  {
    at: 'effectiveTime',
    demands: '@value: TS, 1..1',
    holds: (_, { effectiveTime }) => effectiveTime !== undefined,
  },
  {
    at: 'confidentialityCode',
    demands: '@code ∈ {N, R, V}, 1..1',
    holds: (_, { confidentiality }) => confidentialities.has(confidentiality?.code ?? ''),
  },
  {
    at: 'languageCode',
    demands: '@code = ll-CC (fr-FR), 1..1',
    holds: (_, { language }) => /^[a-z]{2,3}-[A-Z]{2}$/.test(language ?? ''),
  },
  { at: 'setId', demands: '@root, 1..1', holds: (_, { setId }) => setId !== undefined },
  { at: 'versionNumber', demands: '@value: INT, 1..1', holds: (_, { version }) => version !== undefined },
  {
    at: 'recordTarget/patientRole/id',
    demands: '@root, @extension, 1..*',
    holds: (_, { patient }) => patient.ids.some(({ extension }) => extension !== undefined),
  },
  {
    at: 'recordTarget/patientRole/patient',
    demands:
      'INS: family[@qualifier=BR], given[@qualifier=BR], given, administrativeGenderCode, birthTime, birthplace/place/addr/county',
    holds: (_, { patient }) =>
      patient.ins.length === 0 ||
      (patient.family !== undefined &&
        patient.firstGiven !== undefined &&
        patient.birthGivenNames !== undefined &&
        patient.gender !== undefined &&
        patient.birthDate !== undefined &&
        patient.birthPlace !== undefined),
  },
  {
    at: 'author',
    demands: 'time/@value: TS, assignedAuthor/id, 1..*',
    holds: (root) => {
      const authors = all(root, 'author')
      return (
        authors.length > 0 &&
        authors.every((author) => isTimed(author) && hasOwn(author, 'assignedAuthor', 'id'))
      )
    },
  },
  {
    at: 'custodian/assignedCustodian/representedCustodianOrganization/id',
    demands: '@root, 1..*',
    holds: (_, { custodian }) => (custodian?.ids.length ?? 0) > 0,
  },
  {
    at: 'legalAuthenticator',
    demands: 'time/@value: TS, signatureCode/@code = S, assignedEntity/id, 1..1',
    holds: (root) => {
      const signed = one(root, 'legalAuthenticator')
      return (
        signed !== undefined &&
        isTimed(signed) &&
        one(signed, 'signatureCode')?.attributes.get('code') === 'S' &&
        hasOwn(signed, 'assignedEntity', 'id')
      )
    },
  },
  {
    at: 'documentationOf/serviceEvent',
    demands: 'performer, effectiveTime/low/@value: TS, 1..*',
    holds: (_, { mainService }) =>
      (mainService?.performers?.length ?? 0) > 0 && mainService?.period.start !== undefined,
  },
  {
    at: 'componentOf/encompassingEncounter',
    demands: 'effectiveTime, 1..1',
    holds: (root) => hasOwn(root, 'componentOf', 'encompassingEncounter', 'effectiveTime'),
  },
  {
    at: 'componentOf/encompassingEncounter/location/healthCareFacility/code',
    demands: '@code, 1..1',
    holds: (_, { facilityType }) => facilityType !== undefined,
  },
  {
    at: 'relatedDocument',
    demands: '@typeCode = RPLC: parentDocument/id, 0..1',
    holds: (_, { related = [] }) => {
      const replaced = related.filter(({ type }) => type === 'RPLC')
      return replaced.length < 2 && replaced.every(({ ids }) => ids.length > 0)
    },
  },
]

/** The rules that a header does not keep, each once. */
export function brokenCdaRules(root: CdaElement, header: CdaHeader): readonly CdaRule[] {
  return rules.filter((rule) => !rule.holds(root, header))
}

/** @param expression the element that carries the content, as `DocumentReference.content[0].attachment` */
export function cdaRuleIssue({ at, demands }: CdaRule, expression: string): Issue {
  return {
    severity: 'error',
    type: 'business-rule',
    error: 'cda-non-conforme',
    params: { at, demands },
    expression,
    rule: 'D6',
  }
}

/** Whether there is one element of this name, and it is as it must be. */
function isOnly(root: CdaElement, name: string, isRight: (element: CdaElement) => boolean): boolean {
  const elements = root.children.filter((child) => child.name === name)
  return elements.length === 1 && elements.every(isRight)
}

function isTimed(participation: CdaElement): boolean {
  return cdaDateTime(one(participation, 'time')?.attributes.get('value') ?? '') !== undefined
}

/** Whether there is such an element, be it one that says why its value is not known. */
function hasOwn(from: CdaElement, ...path: readonly string[]): boolean {
  const [name, ...rest] = path
  if (name === undefined) return true
  return from.children.some((child) => child.name === name && hasOwn(child, ...rest))
}
