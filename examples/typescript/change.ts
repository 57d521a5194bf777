/** An author changes what has been deposited: masks, hides from the patient, archives, each and back, and deletes it at last. */
import { randomUUID } from 'node:crypto'
import type { DocumentReference } from '@medplum/fhirtypes'
import type { Client } from 'fhir-kit-client'
import { authorise } from './authorise.ts'
import { connect, example, exampleIns, recordOf, refusalOf } from './connection.ts'

type Patch = Parameters<Client['patch']>[0]['jsonPatch']

const author = await connect('author')
const patient = await recordOf(author, await exampleIns())

// A document of its own, so that the others stay as they are.
const report = await example<DocumentReference>('document-pdf.json', 'DocumentReference')
const { id } = await author.create({
  resourceType: 'DocumentReference',
  body: { ...report, masterIdentifier: { ...report.masterIdentifier, value: `urn:uuid:${randomUUID()}` } },
})
const documentId = String(id)
await authorise(author, patient, '899700000013')

/** One change is one version. `If-Match` says which one was seen: another's change in between is not overwritten. */
async function change(what: string, jsonPatch: Patch): Promise<void> {
  const { meta } = await author.read({ resourceType: 'DocumentReference', id: documentId })
  const options = { headers: { 'if-match': `W/"${Object(meta).versionId}"` } }
  const changed = await author.patch({
    resourceType: 'DocumentReference',
    id: documentId,
    jsonPatch,
    options,
  })
  const { securityLabel = [], status }: Partial<DocumentReference> = Object(changed)
  console.log(`${what}: ${status}, ${securityLabel.map(({ coding }) => coding?.[0]?.code).join(' ')}`)
}

const TRE_A07 =
  'https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument'
const label = (code: string, system = TRE_A07): Patch => [
  { op: 'replace', path: '/securityLabel/0', value: { coding: [{ system, code }] } },
]
const normal = label('N', 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality')

// region: td3.3a
await change('masked', label('MASQUE_PS'))
await change('shown', normal)
// endregion: td3.3a

// region: td3.3b
await change('announcement pending', label('INVISIBLE_PATIENT'))
await change('shown to the patient', normal)
// endregion: td3.3b

// region: td3.3d
// As the ANS draft writes it: by the extension's URL, whether the document has it already or not.
const IS_ARCHIVED = 'https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-ext-is-archived'
const archived = (value: boolean): Patch => [
  { op: 'replace', path: `/extension[url:'${IS_ARCHIVED}']/valueBoolean`, value },
]
await change('archived', archived(true))
await change('back from the archive', archived(false))
// endregion: td3.3d

// region: td3.3c
await change('deleted', [{ op: 'replace', path: '/status', value: 'entered-in-error' }])
// endregion: td3.3c

// Nothing else of a document can be changed: a correction is a deposit that replaces it.
await author
  .patch({
    resourceType: 'DocumentReference',
    id: documentId,
    jsonPatch: [{ op: 'add', path: '/description', value: 'x' }],
  })
  .catch((error: unknown) => console.log(`Refused: ${refusalOf(error)}`))
