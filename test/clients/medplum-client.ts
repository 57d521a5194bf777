/** The journey with Medplum's client 4, which is made for Medplum's own server first: what differs is told here. */
import { MedplumClient, OperationOutcomeError } from '@medplum/core'
import type { AuditEvent, Consent, DocumentReference } from '@medplum/fhirtypes'
import type { Test } from 'tap'
import { journeyTold, LETTERS, maskPatch, type Stage, standingOf, toldOf } from './journey.ts'

export async function medplumJourney(t: Test, stage: Stage): Promise<void> {
  const { base, identifier } = stage
  // Its own server is at `fhir/R4`; ours is told by an option.
  const as = (accessToken: string) =>
    new MedplumClient({ baseUrl: base.replace(/fhir$/, ''), fhirUrlPath: 'fhir', accessToken })
  const [hospital, doctor, holder] = [as(stage.hospital), as(stage.gp), as(stage.holder)]

  for (let n = 0; n < LETTERS; n++) {
    const answer = await hospital.executeBatch(stage.lot(n))
    t.match(
      answer.entry?.map(({ response }) => response?.status),
      ['201', '201', '201'].map((code) => new RegExp(code)),
    )
  }

  const patient = await doctor.searchOne('Patient', { identifier })
  const id = patient?.id ?? ''
  t.equal(patient && standingOf(patient), 'absente')

  const refusal = await refused(doctor.search('DocumentReference', { patient: id }))
  t.match(refusal.message, /déclarez votre autorisation/, 'our text is its message')
  t.match(refusal.outcome.issue, [
    { details: { coding: [{ code: 'autorisation-absente' }, { code: 'A1' }] } },
  ])

  const declared = await doctor.createResource(stage.declaration(id))
  t.match(declared, { resourceType: 'Consent', meta: { versionId: '1' } })

  const documents: DocumentReference[] = []
  for await (const page of doctor.searchResourcePages('DocumentReference', { patient: id, _count: 2 }))
    documents.push(...page)
  t.equal(documents.length, LETTERS)
  const [document] = documents
  const documentId = document?.id ?? ''

  t.strictSame(await doctor.readResource('DocumentReference', documentId), document)
  const blob = await doctor.download(document?.content[0]?.attachment.url ?? '')
  const bytes = Buffer.from(await blob.arrayBuffer())
  t.ok(
    [0, 1, 2].some((n) => stage.letter(n).equals(bytes)),
    'the bytes as they were sent',
  )

  t.equal(await doctor.patchResource('DocumentReference', documentId, [...maskPatch]), undefined)
  const gone = await refused(doctor.readResource('DocumentReference', documentId))
  t.match(gone.outcome.issue, [{ code: 'not-found', details: { coding: [{ code: 'inconnu' }] } }])

  const traces: AuditEvent[] = await holder.searchResources('AuditEvent', { patient: id })
  t.strictSame(toldOf(traces), journeyTold)

  await besides(t, doctor, declared, documents[1])
  // A 401 it does not read: its message is its own, whatever the server says.
  const stranger = await refused(as('a.b.c').searchOne('Patient', { identifier }))
  t.equal(stranger.message, 'Unauthorized')
}

/** What its users do besides. */
async function besides(
  t: Test,
  doctor: MedplumClient,
  declared: Consent,
  document: DocumentReference | undefined,
): Promise<void> {
  const id = document?.id ?? ''
  const patient = declared.patient?.reference?.split('/')[1] ?? ''
  let pages = 0
  // Without `_count` it asks for 1000 at once, more than is given: fewer is an answer.
  for await (const page of doctor.searchResourcePages('DocumentReference', { patient })) pages += page.length
  t.equal(pages, LETTERS - 1)
  t.match(await doctor.readHistory('DocumentReference', id), { type: 'history', total: 1 })
  t.strictSame(await doctor.readVersion('DocumentReference', id, '1'), document)
  t.match(await doctor.readReference(document?.subject ?? {}), { resourceType: 'Patient', id: patient })
  const unconditional = await refused(doctor.createResourceIfNoneExist(declared, 'category=autorisation'))
  t.equal(unconditional.message, 'Non pris en charge : If-None-Exist', 'refused, not created all the same')
  const whole = await refused(doctor.updateResource({ ...document, resourceType: 'DocumentReference' }))
  t.match(whole.message, /^PUT n’est pas permis .* Permis : GET, HEAD, PATCH$/)
  t.match((await refused(doctor.deleteResource('DocumentReference', id))).message, /Permis : /)
  const unknown = await refused(doctor.search('DocumentReference', { patient, auteur: 'x' }))
  t.match(
    unknown.message,
    /^Paramètre de recherche inconnu : auteur\. Connus pour DocumentReference : patient, /,
  )
  const ended = await doctor.updateResource({ ...declared, status: 'inactive' })
  t.match(ended, { status: 'inactive', meta: { versionId: '2' } })
}

async function refused(asked: Promise<unknown>): Promise<OperationOutcomeError> {
  const error: unknown = await asked.then(
    (answer) => new Error(`answered: ${JSON.stringify(answer)}`),
    (cause: unknown) => cause,
  )
  if (error instanceof OperationOutcomeError) return error
  throw error
}
