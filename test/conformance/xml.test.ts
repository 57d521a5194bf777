/**
 * The main job in FHIR XML, made and read by another converter than ours (npm `fhir`): a document goes in, is found and
 * comes out byte for byte; refusals speak XML too.
 * @see https://hl7.org/fhir/R4/xml.html
 */
import type { Resource } from '@medplum/fhirtypes'
import fhirPackage from 'fhir'
import t from 'tap'
import { testApp } from '../support/app.ts'
import { consent, freshUniqueId, provideBundle, publishedDocument } from '../support/builders.ts'
import type { Received } from '../support/http-client.ts'
import { gp, hospital, matricule } from '../support/personas.ts'
import { openTestRecord } from '../support/record.ts'
import { syntheticCda } from '../support/synthetic-cda.ts'

const converter = new fhirPackage.Fhir()
const toXml = (resource: object): string => converter.objToXml(resource)
const XML = { 'content-type': 'application/fhir+xml', accept: 'application/fhir+xml' }
const ins = matricule(7)

function fromXml<T extends Resource['resourceType']>(
  received: Received,
  type: T,
): Extract<Resource, { resourceType: T }> {
  if (!received.headers['content-type']?.startsWith('application/fhir+xml'))
    throw new Error(`${received.status}, and no XML: ${received.text}`)
  const resource = converter.xmlToObj(received.text) as Resource
  if (resource.resourceType !== type) throw new Error(`${received.status} ${received.text}`)
  return resource as Extract<Resource, { resourceType: T }>
}

t.test('a deposit, a declaration, a search and a reading in XML', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, ins)
  const uniqueId = freshUniqueId()
  const cda = syntheticCda({ ins, uniqueId })
  const pushed = await app.as(hospital).post('', toXml(provideBundle({ ins, uniqueId, cda })), XML)
  t.equal(pushed.status, 200, pushed.text)
  const { entry = [] } = fromXml(pushed, 'Bundle')
  t.same(
    entry.map(({ response }) => response?.status?.slice(0, 3)),
    ['201', '201', '201'],
  )
  const published = publishedDocument({ ins, uniqueId: freshUniqueId() })
  t.equal((await app.as(hospital).post('/DocumentReference', toXml(published), XML)).status, 201)

  const doctor = app.as(gp)
  const refused = await doctor.get(`/DocumentReference?patient=${record.id}`, XML)
  t.equal(refused.status, 403)
  t.match(fromXml(refused, 'OperationOutcome').issue[0]?.details?.coding?.[0], {
    code: 'autorisation-absente',
  })
  const declared = await doctor.post(
    '/Consent',
    toXml(consent('autorisation', record.id, gp.nationalId ?? '')),
    XML,
  )
  t.equal(declared.status, 201, declared.text)

  const found = fromXml(await doctor.get(`/DocumentReference?patient=${record.id}&_format=xml`), 'Bundle')
  t.equal(found.entry?.length, 2)
  const document = found.entry
    ?.map(({ resource }) => resource)
    .find((r) => JSON.stringify(r).includes(uniqueId))
  if (document?.resourceType !== 'DocumentReference') throw new Error('not found')
  const asJson = JSON.parse((await doctor.get(`/DocumentReference/${document.id}`)).text)
  t.same(document, asJson, 'the same as in JSON')
  const url = `/${document.content[0]?.attachment.url}`
  const bytes = await doctor.get(url, { accept: 'text/xml' })
  t.ok(bytes.bytes.equals(cda), 'byte for byte')
  const binary = fromXml(await doctor.get(url, XML), 'Binary')
  t.ok(Buffer.from(binary.data ?? '', 'base64').equals(cda), 'inside a Binary too')
})

t.test('what is wrong with XML, and where', async (t) => {
  await using app = await testApp()
  await openTestRecord(app, ins)
  const client = app.as(hospital)
  const before = await app.stored()
  const good = toXml(publishedDocument({ ins, uniqueId: freshUniqueId() }))
  const post = async (body: string): Promise<string> => {
    const answer = await client.post('/DocumentReference', body, XML)
    const { issue } = fromXml(answer, 'OperationOutcome')
    return `${answer.status} ${issue[0]?.details?.coding?.[0]?.code} ${issue[0]?.expression?.[0] ?? ''}`
  }
  t.equal(await post(good.slice(0, -5)), '400 xml-invalide ')
  t.equal(await post(`<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${good}`), '400 xml-invalide ')
  t.match(await post(good.replace('http://hl7.org/fhir"', 'http://hl7.org/x"')), /^400 xml-invalide/)
  t.equal(
    await post(good.replace('<status value="current"/>', '<status value="current"/><colour value="red"/>')),
    '422 element-inconnu DocumentReference.colour',
  )
  t.equal(
    await post(good.replace('<status value="current"/>', '<status value="new"/>')),
    '422 code-inconnu DocumentReference.status',
  )
  t.equal(
    await post(toXml({ resourceType: 'Patient', active: true })),
    '400 type-inattendu DocumentReference',
  )
  t.same(await app.stored(), before)
})
