/**
 * A FHIR document (Bundle, Composition first) as the same header that a CDA document has: so one set of rules derives
 * metadata from either, and holds metadata against either.
 * @see https://hl7.org/fhir/R4/documents.html; MHD ITI-65 FHIR Documents Publish, ITI-106
 *
 * For Bundles that are valid: that the Composition stands first, that there is an identifier and a timestamp, the
 * specification's own invariants say (bdl-9 to bdl-11). NOT read: sections; a relation of the Composition to another.
 */
import type { Bundle, Composition, DocumentReference, Patient, Reference, Resource } from '@medplum/fhirtypes'
import type { Issue } from '../../fhir/issue.ts'
import { mediaTypeOf } from '../../fhir/media-type.ts'
import type { CdaActor, CdaCode, CdaHeader, CdaId, CdaPatient } from '../cda/cda-header.ts'
import { identityTraits, saidTraits } from '../identity/identity-traits.ts'
import { practitionerOid, structureOid } from '../identity/national-identifiers.ts'
import { type DocumentAuthors, readAuthors } from './document-authors.ts'

const conformant = 'urn:ietf:rfc:3986'

/** @returns issues, their expressions beginning with `Bundle`, when the document does not say what every document must */
export function readFhirDocument(
  bundle: Bundle,
): { readonly header: CdaHeader } | { readonly issues: Issue[] } {
  const composition = bundle.entry?.[0]?.resource
  const issues: Issue[] = []
  const missing = (name: string, expression: string): void => {
    issues.push({
      severity: 'error',
      type: 'required',
      error: 'element-requis',
      params: { name },
      expression,
    })
  }
  if (bundle.type !== 'document' || composition?.resourceType !== 'Composition') {
    missing('Bundle.type = document, Composition', 'Bundle')
    return { issues }
  }
  const resolve = resolver(bundle)
  const id = documentId(bundle)
  if (!id) missing('identifier (urn:ietf:rfc:3986 | urn:oid:…, urn:uuid:…)', 'Bundle.identifier')
  const code = codeOf(composition.type)
  if (!code) missing('type.coding', 'Bundle.entry[0].resource.type')
  const patient = patientOf(composition.subject, resolve)
  if (!patient) missing('subject (Patient, INS)', 'Bundle.entry[0].resource.subject')
  if (!id || !code || !patient) return { issues }
  return { header: headerOf(bundle, composition, { id, code, patient }, resolve) }
}

/** The format of a FHIR document by its media type; undefined for any other. */
export function fhirFormatOf(contentType: string): 'json' | 'xml' | undefined {
  const type = mediaTypeOf(contentType)
  if (type === 'application/fhir+json') return 'json'
  return type === 'application/fhir+xml' ? 'xml' : undefined
}

type Resolve = (reference: string) => Resource | undefined

function headerOf(
  bundle: Bundle,
  composition: Composition,
  known: Pick<CdaHeader, 'id' | 'code' | 'patient'>,
  resolve: Resolve,
): CdaHeader {
  const { title, date, confidentiality, language, custodian, attester, event } = composition
  const legal = attester?.find(({ mode }) => mode === 'legal')?.party
  const signer = legal && actorsOf([legal], composition, resolve)[0]
  const keeper = custodian && actorsOf([custodian], composition, resolve)[0]
  const spoken = language ?? bundle.language
  const services = (event ?? []).map(({ code: codes, period }) => {
    const code = codes?.map(codeOf).find((found) => found !== undefined)
    return {
      ...(code ? { code } : {}),
      period: {
        ...(period?.start ? { start: period.start } : {}),
        ...(period?.end ? { end: period.end } : {}),
      },
    }
  })
  const [mainService] = services
  return {
    ...known,
    templateIds: [],
    title,
    effectiveTime: date,
    ...(confidentiality ? { confidentiality: { code: confidentiality, system: v3Confidentiality } } : {}),
    ...(spoken === undefined ? {} : { language: spoken }),
    authors: actorsOf(composition.author, composition, resolve),
    ...(keeper ? { custodian: { ids: keeper.organisations } } : {}),
    ...(signer ? { legalAuthenticator: signer } : {}),
    services,
    ...(mainService ? { mainService } : {}),
    replaces: [],
    body: { kind: 'structured' },
  }
}

const v3Confidentiality = '2.16.840.1.113883.5.25'

/** The contradictions of a FHIR document, told of the Composition, where those of a CDA are told of its elements. */
export function asCompositionIssues(issues: readonly Issue[]): Issue[] {
  const names: Readonly<Record<string, string>> = {
    'recordTarget/patientRole/id': 'Composition.subject',
    id: 'Bundle.identifier',
    code: 'Composition.type',
    author: 'Composition.author',
  }
  return issues.map((issue): Issue => {
    if (issue.error !== 'cda-contredit') return issue
    const what = String(issue.params?.what ?? '')
    return { ...issue, error: 'composition-contredite', params: { what: names[what] ?? what } }
  })
}

/** A uniqueId: an OID or a UUID. Another identifier could not be one of XDS. */
function documentId({ identifier }: Bundle): CdaId | undefined {
  if (identifier?.system !== conformant) return undefined
  const [, root, extension] =
    /^urn:(?:oid|uuid):([0-9A-Za-z.-]{1,128})(?:\^(.{1,64}))?$/.exec(identifier.value ?? '') ?? []
  if (root === undefined) return undefined
  return extension === undefined ? { root } : { root, extension }
}

function codeOf(concept: DocumentReference['type']): CdaCode | undefined {
  const coding = concept?.coding?.find(({ system, code }) => system && code)
  if (!coding?.code) return undefined
  const { system = '', code, display } = coding
  return { code, system, ...(display === undefined ? {} : { display }) }
}

function patientOf(subject: Reference | undefined, resolve: Resolve): CdaPatient | undefined {
  if (!subject) return undefined
  const found = subject.reference === undefined ? undefined : resolve(subject.reference)
  if (found && found.resourceType !== 'Patient') return undefined
  const patient: Patient = {
    ...(found ?? { resourceType: 'Patient' }),
    identifier: [...(found?.identifier ?? []), ...(subject.identifier ? [subject.identifier] : [])],
  }
  const { ins, formerIns, gender, birthDate, birthGivenNames, firstGiven } = identityTraits(patient)
  const family = saidTraits(patient)[0]?.family
  const all = [...ins, ...formerIns]
  if (all.length === 0) return undefined
  return {
    ids: all.map(({ system, value }) => ({ root: bare(system), extension: value })),
    ins: all,
    ...(family === undefined ? {} : { family }),
    ...(birthGivenNames === undefined ? {} : { birthGivenNames }),
    ...(firstGiven === undefined ? {} : { firstGiven }),
    ...(gender === 'male' || gender === 'female' || gender === 'unknown' ? { gender } : {}),
    ...(birthDate === undefined ? {} : { birthDate }),
  }
}

function actorsOf(references: readonly Reference[], composition: Composition, resolve: Resolve): CdaActor[] {
  return references.map((reference) => {
    const found = readAuthors([reference], composition.contained ?? [], resolve, 'Composition.author')
    return { ids: personIds(found), organisations: ids(structureOid, found.structures) }
  })
}

function personIds({ ids: persons, patientIns }: DocumentAuthors): CdaId[] {
  return [
    ...ids(practitionerOid, persons),
    ...patientIns.map(({ system, value }) => ({ root: bare(system), extension: value })),
  ]
}

/** An OID without its `urn:oid:`. */
function bare(system: string): string {
  return system.replace(/^urn:oid:/, '')
}

function ids(root: string, extensions: readonly string[]): CdaId[] {
  return extensions.map((extension) => ({ root, extension }))
}

/** By fullUrl, or by type and id: https://hl7.org/fhir/R4/bundle.html#references */
function resolver(bundle: Bundle): Resolve {
  const found = new Map<string, Resource>()
  for (const { fullUrl, resource } of bundle.entry ?? []) {
    if (!resource) continue
    for (const key of [fullUrl, `${resource.resourceType}/${resource.id}`])
      if (key !== undefined && !found.has(key)) found.set(key, resource)
  }
  return (reference) => found.get(reference.replace(/\/_history\/[^/]*$/, ''))
}
