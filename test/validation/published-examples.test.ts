/**
 * The examples published with the ANS draft for the DMP (PDSm4DMP 0.1.0), each held to what it claims and to the value sets
 * of the DMP, in both forms of PDSm 3.1.1: every fault they have is named here, and no other is found.
 * @see docs/profiles.md "The published examples"
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DocumentReference, List } from '@medplum/fhirtypes'
import t from 'tap'
import { assetPath } from '../../src/asset-path.ts'
import { loadProfileGuides } from '../../src/definitions/load-profile-guides.ts'
import { type PdsmForm, pdsmForms } from '../../src/definitions/profile-guide.ts'
import { checkTypeAndClass } from '../../src/dmp/documents/document-type-check.ts'
import { checkMetadataCodes } from '../../src/dmp/documents/metadata-codes.ts'
import { readSecurityLabels } from '../../src/dmp/documents/security-labels.ts'
import { checkSubmissionSet } from '../../src/dmp/documents/submission-set.ts'
import type { Issue } from '../../src/fhir/issue.ts'
import { isJsonObject, type JsonObject, parseJson } from '../../src/fhir/json.ts'
import { documentReferenceOf } from '../../src/population/dmp/document-reference.ts'
import { nextDocument, recordOf } from '../../src/population/dmp/records.ts'
import { compileProfiles } from '../../src/validation/profile/compile-profile.ts'
import type { LoadedProfiles } from '../../src/validation/profile/compiled-profile.ts'
import { validate } from '../../src/validation/validate.ts'
import { terminology } from '../support/profiles.ts'
import { testRegistry } from '../support/registry.ts'
import { sharedData } from '../support/shared-data.ts'

const registry = testRegistry()
const folder = sharedData('examples/pdsm4dmp')

const line = ({ error, expression }: Issue): string => `${error} ${expression}`

const loadedIn = (form: PdsmForm): LoadedProfiles => {
  const guides = loadProfileGuides(assetPath('profiles'), form)
  return compileProfiles(guides.structures, { registry, valueSet: guides.valueSet })
}
const profiles: Record<PdsmForm, LoadedProfiles> = {
  '2026-01': loadedIn('2026-01'),
  '2026-06': loadedIn('2026-06'),
}

/** Of the resource itself, and, in a Bundle, of each entry where it stands. */
function faultsOf(resource: JsonObject, form: PdsmForm): string[] {
  const loaded = profiles[form]
  const entries = (Array.isArray(resource.entry) ? resource.entry : []).filter(isJsonObject)
  return [
    ...validate(resource, registry, { loaded }).map(line),
    ...ownFaults(resource, String(resource.resourceType), []),
    ...entries.flatMap(({ resource: inner }, i) =>
      isJsonObject(inner) ? ownFaults(inner, `Bundle.entry[${i}].resource`, entries) : [],
    ),
  ]
}

function ownFaults(resource: JsonObject, at: string, entries: readonly JsonObject[]): string[] {
  const located = (issues: readonly Issue[], type: string): string[] =>
    issues.map(({ error, expression = type }) => `${error} ${at}${expression.slice(type.length)}`)
  if (resource.resourceType === 'DocumentReference') {
    const document = resource as unknown as DocumentReference
    const issues = [
      ...checkTypeAndClass(document, terminology.documentTypes),
      ...checkMetadataCodes(document, terminology),
      ...readSecurityLabels(document.securityLabel).issues,
    ]
    return located(issues, 'DocumentReference')
  }
  if (resource.resourceType !== 'List') return []
  const bundled = new Set(
    entries.flatMap(({ fullUrl, resource: inner }) =>
      typeof fullUrl === 'string' && isJsonObject(inner) && inner.resourceType === 'DocumentReference'
        ? [fullUrl]
        : [],
    ),
  )
  const context = { bundled, contentTypes: terminology.contentTypes }
  return located(checkSubmissionSet(resource as unknown as List, context), 'List')
}

const document = 'DocumentReference'
const second = 'Bundle.entry[1].resource'

/** SNOMED CT and IHE's general format: codes that are of none of the value sets of the DMP. */
const foreignCodes = (at: string): string[] => [
  `code-non-admis ${at}.context.facilityType`,
  `code-non-admis ${at}.context.practiceSetting`,
]
const generalFormat = (at: string): string => `code-non-admis ${at}.content[0].format`
const wrongClass = (at: string): string => `classe-incorrecte ${at}.category[0]`
/** A Practitioner is an author of form 2026-06 only. */
const practitioner = (at: string): string[] => [
  `reference-type ${at}.author[0].reference`,
  `reference-type ${at}.authenticator.reference`,
]
/** What only form 2026-06 demands. */
const later = (at: string): string[] => [
  `profil-cardinalite ${at}.masterIdentifier.use`,
  `profil-cardinalite ${at}.custodian`,
]
const lot: Record<PdsmForm, string[]> = {
  '2026-01': [
    'reference-type Bundle.entry[0].resource.source.reference',
    ...practitioner(second),
    'code-non-admis Bundle.entry[0].resource.extension[0].valueCodeableConcept',
    wrongClass(second),
    generalFormat(second),
    ...foreignCodes(second),
  ],
  '2026-06': [
    'reference-type Bundle.entry[0].resource.source.reference',
    ...later(second),
    'code-non-admis Bundle.entry[0].resource.extension[0].valueCodeableConcept',
    wrongClass(second),
    generalFormat(second),
    ...foreignCodes(second),
  ],
}
const alone = (common: readonly string[], first: readonly string[] = []): Record<PdsmForm, string[]> => ({
  '2026-01': [...first, ...common],
  '2026-06': [...later(document), ...common],
})

const examples: Readonly<Record<string, Record<PdsmForm, readonly string[]>>> = {
  'Bundle-example-annexe-fhir-document': { '2026-01': [], '2026-06': [] },
  'Bundle-example-annexe-searchset-documentreferences': {
    '2026-01': [
      wrongClass('Bundle.entry[0].resource'),
      generalFormat('Bundle.entry[0].resource'),
      ...foreignCodes('Bundle.entry[0].resource'),
      generalFormat(second),
      ...foreignCodes(second),
    ],
    '2026-06': [
      ...later('Bundle.entry[0].resource'),
      ...later(second),
      wrongClass('Bundle.entry[0].resource'),
      generalFormat('Bundle.entry[0].resource'),
      ...foreignCodes('Bundle.entry[0].resource'),
      generalFormat(second),
      ...foreignCodes(second),
    ],
  },
  'Bundle-example-td2-1-remplacement': lot,
  'Bundle-example-td2-iti65-lot-soumission': lot,
  'DocumentReference-doc-x-id': alone(
    [wrongClass(document), generalFormat(document), ...foreignCodes(document)],
    practitioner(document),
  ),
  'DocumentReference-example-annexe-docref-cda': alone([
    wrongClass(document),
    generalFormat(document),
    ...foreignCodes(document),
  ]),
  'DocumentReference-example-annexe-docref-fhir': alone([generalFormat(document), ...foreignCodes(document)]),
  'DocumentReference-example-td2-iti105-publication-simplifiee': {
    '2026-01': [],
    '2026-06': [`profil-cardinalite ${document}.custodian`],
  },
  'DocumentReference-example-td3-1a-cr-consultation': alone([
    wrongClass(document),
    ...foreignCodes(document),
  ]),
  'DocumentReference-example-td3-1a-fhir-document': alone([
    generalFormat(document),
    ...foreignCodes(document),
  ]),
  'DocumentReference-example-td3-1a-ordonnance': alone([wrongClass(document), ...foreignCodes(document)]),
}

t.test('the examples of PDSm4DMP have the faults that are theirs, and no other', async (t) => {
  if (folder === undefined) return t.comment('reference data not present')
  const names = readdirSync(folder)
    .filter((name) => !name.startsWith('Binary'))
    .map((name) => name.replace(/\.json$/, ''))
  t.same(names.sort(), Object.keys(examples).sort(), 'every example is in the table')
  for (const name of names) {
    const resource = parseJson(readFileSync(join(folder, `${name}.json`), 'utf8'))
    if (!isJsonObject(resource)) throw new Error(name)
    for (const form of pdsmForms) t.same(faultsOf(resource, form), examples[name]?.[form], `${name} ${form}`)
  }
})

t.test('the made-up documents of `dmp seed` are right in both forms', async (t) => {
  const of = { seed: 7, patients: 10, documents: 200, medianSize: 2_000 }
  let seen = 0
  for (let number = 0; number < of.patients; number++) {
    const record = recordOf(of, number)
    for (let ordinal = 0; ordinal < record.documents; ordinal++) {
      const made = documentReferenceOf(nextDocument(of, record, ordinal), 'Patient/1')
      const content = (Array.isArray(made.content) ? made.content : []).map((item) =>
        isJsonObject(item) && isJsonObject(item.attachment)
          ? { ...item, attachment: { url: 'Binary/1', size: 1, hash: 'AAAA', ...item.attachment } }
          : item,
      )
      seen++
      for (const form of pdsmForms) t.same(faultsOf({ ...made, content }, form), [])
    }
  }
  t.equal(seen, of.documents)
})
