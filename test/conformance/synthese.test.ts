/**
 * $synthese over HTTP: what several documents say, line by line with its source; what the caller may not see is in none of
 * it; what cannot be read is listed.
 * @see docs/synthese.md
 */
import type { Bundle, Composition, Resource } from '@medplum/fhirtypes'
import tap from 'tap'
import { decodeUuid } from '../../src/fhir/id.ts'
import { validate } from '../../src/validation/validate.ts'
import { freshUniqueId } from '../support/builders.ts'
import { resourceOf, verdict } from '../support/http-client.ts'
import { oneServer } from '../support/one-server.ts'
import { gp, hospital, nurse, otherGp } from '../support/personas.ts'
import { openTestRecord, type TestRecord } from '../support/record.ts'
import { testRegistry } from '../support/registry.ts'
import { storedTraces } from '../support/stored-traces.ts'
import { syntheticCda } from '../support/synthetic-cda.ts'

const { testApp, matricule } = oneServer()

const registry = testRegistry()
const PDF = Buffer.from('%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n')

const allergyTo = (agent: string): string => `<component><section>
  <code code="48765-2" codeSystem="2.16.840.1.113883.6.1"/><title>Allergies</title>
  <text><table onclick="x"><tbody><tr><td><content ID="a1">${agent}</content></td></tr></tbody></table><linkHtml href="javascript:alert(1)">lien</linkHtml></text>
  <entry><act><statusCode code="active"/><entryRelationship><observation>
    <effectiveTime><low value="20180603"/></effectiveTime>
    <participant><participantRole><playingEntity>
      <code code="60234100" displayName="${agent}" codeSystem="1.2.250.1.213.2.3.1"><originalText><reference value="#a1"/></originalText></code>
    </playingEntity></participantRole></participant>
  </observation></entryRelationship></act></entry>
</section></component>`
const treatment = (name: string): string => `<component><section>
  <code code="10160-0" codeSystem="2.16.840.1.113883.6.1"/><title>Traitements</title><text><paragraph>${name}</paragraph></text>
  <entry><substanceAdministration moodCode="EVN"><effectiveTime><low value="20190811"/></effectiveTime>
    <consumable><manufacturedProduct><manufacturedMaterial><name>${name}</name></manufacturedMaterial></manufacturedProduct></consumable>
  </substanceAdministration></entry>
</section></component>`

function cdaWith(
  record: TestRecord,
  type: string,
  sections: string,
  author?: string,
): { uniqueId: string; cda: Buffer } {
  const uniqueId = freshUniqueId()
  const xml = syntheticCda({ ins: record.ins, uniqueId, type, ...(author ? { author } : {}) }).toString(
    'utf8',
  )
  const cda = xml.replace(
    /<structuredBody>.*<\/structuredBody>/s,
    `<structuredBody>${sections}</structuredBody>`,
  )
  return { uniqueId, cda: Buffer.from(cda) }
}

function read(bundle: Bundle): { composition: Composition; resources: readonly Resource[] } {
  const [first, ...rest] = (bundle.entry ?? []).flatMap(({ resource }) => (resource ? [resource] : []))
  if (first?.resourceType !== 'Composition') throw new Error('no Composition first')
  return { composition: first, resources: rest }
}

tap.test('line by line, with its source, and within what the caller sees', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  for (const who of [gp, nurse]) await record.choose('autorisation', who.nationalId ?? '')
  const at = `/Patient/${record.id}/$synthese`
  const empty = await app.as(gp).get(at)
  t.equal(empty.status, 200, verdict(empty))
  t.same(
    read(resourceOf(empty, 'Bundle')).composition.section?.map(
      ({ emptyReason }) => emptyReason?.coding?.[0]?.code,
    ),
    Array.from({ length: 7 }, () => 'unavailable'),
    'nothing is said to be absent',
  )
  const letter = cdaWith(record, '11490-0', allergyTo('PARACETAMOL') + treatment('PLAVIX 75 mg'))
  const seen = await record.push({ ...letter, date: '2026-09-18T10:30:00+02:00' })
  const masked = await record.push({
    ...cdaWith(record, '11490-0', allergyTo('LATEX')),
    labels: ['N', 'MASQUE_PS'],
  })
  const denied = await record.push({
    ...cdaWith(record, '75496-0', allergyTo('IODE')),
    type: '75496-0',
  })
  const other = await record.push(cdaWith(record, '11490-0', ''))
  const archived = await record.push(cdaWith(record, '11490-0', allergyTo('PENICILLINE')))
  await app.query('update document set archived = true where id = $1', [
    decodeUuid(archived.documentId.slice(27)),
  ])
  const pdf = await record.push({
    cda: PDF,
    contentType: 'application/pdf',
    documentChanges: { description: 'Compte rendu <b>numérisé</b>' },
  })
  const answer = await app.as(gp).get(at)
  const bundle = resourceOf(answer, 'Bundle')
  t.same(validate(JSON.parse(answer.text), registry), [], 'valid FHIR')
  const { composition, resources } = read(bundle)
  t.equal(bundle.type, 'document')
  t.match(composition.type, { coding: [{ code: '60591-5' }] })
  t.match(composition.text?.div, 'ne veut pas dire l’absence')
  const allergies = resources.filter(({ resourceType }) => resourceType === 'AllergyIntolerance')
  t.same(allergies.map((one) => one.resourceType === 'AllergyIntolerance' && one.code?.text).sort(), [
    'IODE',
    'PARACETAMOL',
  ])
  const paracetamol = allergies.find((one) => JSON.stringify(one).includes('PARACETAMOL'))
  t.match(paracetamol, {
    onsetDateTime: '2018-06-03',
    clinicalStatus: { coding: [{ code: 'active' }] },
    meta: { source: `${app.base}/DocumentReference/${seen.documentId}/_history/1` },
    extension: [
      {
        extension: [
          {
            url: 'document',
            valueReference: { reference: `${app.base}/DocumentReference/${seen.documentId}` },
          },
          { url: 'date', valueDateTime: '2026-09-18T08:30:00.000Z' },
          { url: 'auteur' },
        ],
      },
    ],
  })
  t.match(
    resources.find(({ resourceType }) => resourceType === 'MedicationStatement'),
    {
      status: 'unknown',
      medicationCodeableConcept: { text: 'PLAVIX 75 mg' },
      effectivePeriod: { start: '2019-08-11' },
    },
  )
  t.notMatch(answer.text, masked.documentId)
  t.notMatch(answer.text, 'LATEX')
  t.notMatch(answer.text, /javascript|onclick/)
  const last = composition.section?.at(-1)
  t.equal(last?.title, 'Documents non repris')
  t.notOk(last?.entry, 'a document Bundle holds all that an entry names; these are not copied into it')
  const left = last?.extension?.map(({ extension }) => extension?.[0]?.valueReference?.reference ?? '')
  t.same(left?.map((url) => url.replace(/^.*\//, '')).sort(), [pdf.documentId, other.documentId].sort())
  t.match(last?.text?.div, 'Compte rendu &lt;b&gt;numérisé&lt;/b&gt; – 2026-09-18 : non structuré')
  t.match(answer.text, 'Lettre de liaison', 'documents by the name of their type')
  const ofNurse = await app.as(nurse).get(at)
  t.notMatch(ofNurse.text, 'IODE')
  t.notMatch(ofNurse.text, denied.documentId)
  t.match(ofNurse.text, 'PARACETAMOL')
  const ofHolder = await app.as(record.holder).get(at)
  t.match(ofHolder.text, 'LATEX')
  const trace = (await storedTraces(app.engine.db, 'synthese')).findLast(
    ({ person }) => person === `ps:${gp.nationalId}`,
  )
  const own = (id: string): string => `DocumentReference/${id.split('.')[1]}/1`
  t.ok(trace?.entities.includes(own(seen.documentId)), 'the sources are in the trace')
  t.notOk(trace?.entities.includes(own(pdf.documentId)), 'what was not opened is not')
  const xml = await app.as(gp).get(at, { accept: 'application/fhir+xml' })
  t.match(xml.text, '<Composition')
})

tap.test('a synthesis comes first; twenty documents are opened, and the rest is told', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  await record.choose('medecin-traitant', gp.nationalId ?? '')
  const vsm = cdaWith(record, '60591-5', treatment('DU VSM'), gp.nationalId)
  const pushed = await app.as(gp).get(`/Patient/${record.id}`)
  t.equal(pushed.status, 200)
  await record.push(
    { ...vsm, type: '60591-5', classCode: '11', author: gp.nationalId ?? '', date: '2020-01-01T00:00:00Z' },
    gp,
  )
  for (let i = 0; i < 21; i++) await record.push(cdaWith(record, '11490-0', treatment(`NUMERO ${i}`)))
  const answer = await app.as(gp).get(`/Patient/${record.id}/$synthese`)
  const { resources, composition } = read(resourceOf(answer, 'Bundle'))
  const treatments = resources.filter(({ resourceType }) => resourceType === 'MedicationStatement')
  t.equal(treatments.length, 20)
  t.match(treatments[0], { medicationCodeableConcept: { text: 'DU VSM' } }, 'old as it is')
  t.equal(composition.section?.at(-1)?.extension?.length, 2)
  t.match(composition.section?.at(-1)?.text?.div, 'trop de documents')
})

tap.test('for who may read contents, and nobody else', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  await record.choose('autorisation', gp.nationalId ?? '')
  const at = `/Patient/${record.id}/$synthese`
  t.equal(verdict(await app.as(otherGp).get(at)), '403 forbidden autorisation-absente A1')
  t.equal(verdict(await app.as(hospital).get(at)), '403 forbidden droit-fonctionnel F10')
  t.equal(verdict(await app.as(gp).get(`${at}?x=y`)), '400 not-supported parametre-inconnu')
  const nowhere = `/Patient/${record.id.replace(/.$/, (c) => (c === '0' ? '1' : '0'))}/$synthese`
  t.equal(verdict(await app.as(gp).get(nowhere)), '404 not-found inconnu')
  t.equal(
    verdict(await app.as(gp, { scope: 'user/Patient.r user/DocumentReference.rs' }).get(at)),
    '403 forbidden portee-insuffisante',
  )
})

tap.test('of a CDA, a word that every object of JavaScript knows is one that nobody knows', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  await record.choose('autorisation', gp.nationalId ?? '')
  const sections = allergyTo('LATEX')
    .replaceAll('table', 'constructor')
    .replace('statusCode code="active"', 'statusCode code="constructor"')
  await record.push(cdaWith(record, '11490-0', sections))
  const at = `/Patient/${record.id}/$synthese`
  t.notMatch((await app.as(gp).get(at)).text, 'native code')
  t.equal((await app.as(gp).get(at, { accept: 'application/fhir+xml' })).status, 200)
})
