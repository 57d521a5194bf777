/** The XML form of resources. @see https://hl7.org/fhir/R4/xml.html */
import { check, equal, refused, status } from '../../support/conformance/check.ts'
import { clause } from '../../support/conformance/clause.ts'
import { idOf, outcomeOf, resourceOf } from '../../support/conformance/client.ts'
import { CODES, patient } from '../../support/conformance/samples.ts'

const XML = 'application/fhir+xml'
const NS = 'xmlns="http://hl7.org/fhir"'

export const formatsXml = clause('formats-xml', 'xml.html', ({ must, should, own }) => {
  must(
    'what was sent in XML is read in JSON',
    async ({ fhir }) => {
      const body = `<?xml version="1.0" encoding="UTF-8"?>
<Patient ${NS}>
  <id value="ignored"/>
  <!-- a comment -->
  <language value="fr"/>
  <text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml"><p>Élodie &amp; <b>Noël</b></p></div></text>
  <contained><Organization><id value="o"/><name value="O &quot;x&quot;"/></Organization></contained>
  <extension url="https://conformance.example/e"><valueDecimal value="1.10"/></extension>
  <identifier><system value="${CODES}"/><value value="v"/></identifier>
  <active value="true"/>
  <name id="n1"><family value="F"/><given value="a"/><given><extension url="https://conformance.example/p"><valueCode value="x"/></extension></given><given value="c"/></name>
  <birthDate value="1990-01-01"><extension url="https://conformance.example/t"><valueString value="t"/></extension></birthDate>
  <multipleBirthInteger value="2"/>
  <managingOrganization><reference value="#o"/></managingOrganization>
</Patient>`
      const created = await fhir.post('/Patient', body, { 'content-type': XML })
      status(created, 201)
      const received = await fhir.get(`/Patient/${idOf(created)}`)
      const found = resourceOf(received, 'Patient')
      equal(
        [found.active, found.multipleBirthInteger, found.language, found.birthDate],
        [true, 2, 'fr', '1990-01-01'],
        'primitives',
      )
      equal(found.name?.[0]?.given, ['a', null, 'c'], 'a gap in a list of primitives')
      equal(
        Object.entries(found.name?.[0] ?? {}).find(([name]) => name === '_given')?.[1],
        [null, { extension: [{ url: 'https://conformance.example/p', valueCode: 'x' }] }, null],
        'its extension',
      )
      equal(found.name?.[0]?.id, 'n1', 'an element id')
      equal(
        Object.entries(found).find(([name]) => name === '_birthDate')?.[1],
        { extension: [{ url: 'https://conformance.example/t', valueString: 't' }] },
        'a primitive extension',
      )
      equal(found.contained?.[0]?.resourceType, 'Organization', 'contained')
      check(/"valueDecimal"\s*:\s*1\.10\b/.test(received.text), 'the decimal as it was written')
      check((found.text?.div ?? '').includes('<b>Noël</b>'), 'the narrative')
    },
    'xml.html',
  )

  must(
    'what was sent in JSON is the same after XML and back',
    async ({ fhir }) => {
      const sent = {
        resourceType: 'Patient',
        text: {
          status: 'generated',
          div: '<div xmlns="http://www.w3.org/1999/xhtml"><p>a &lt; b &amp; c</p><br/></div>',
        },
        extension: [
          { url: 'https://conformance.example/e', valueDecimal: 2.5 },
          { url: 'https://conformance.example/b', valueBase64Binary: 'YWJj' },
        ],
        identifier: [{ system: CODES, value: 'a  b "c" <d> & \'e\'' }],
        active: false,
        name: [
          {
            family: 'ligne\n deux',
            given: ['a', null, 'b'],
            _given: [
              null,
              { extension: [{ url: 'https://conformance.example/p', valueCode: 'x' }] },
              { id: 'g3' },
            ],
          },
        ],
        birthDate: '1990',
        _birthDate: { id: 'b', extension: [{ url: 'https://conformance.example/t', valueString: 't' }] },
        multipleBirthInteger: 0,
        contact: [{ name: { text: 'one' } }, { name: { text: 'two' } }],
      }
      const created = await fhir.post('/Patient', sent)
      status(created, 201)
      const id = idOf(created)
      const xml = await fhir.get(`/Patient/${id}`, { accept: XML })
      status(xml, 200)
      const back = await fhir.post('/Patient', xml.text, { 'content-type': XML })
      status(back, 201)
      const {
        id: _id,
        meta: _meta,
        ...rest
      } = resourceOf(await fhir.get(`/Patient/${idOf(back)}`), 'Patient')
      equal(rest, sent, 'the same content')
    },
    'xml.html',
  )

  must(
    'decimals survive XML',
    async ({ fhir }) => {
      const created = await fhir.post(
        '/Observation',
        '{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.10}}',
      )
      const received = await fhir.get(`/Observation/${idOf(created)}`, { accept: XML })
      check(received.text.includes('<value value="1.10"/>'), '1.10')
    },
    'xml.html',
  )

  must('a search answered in XML is a Bundle', async ({ fhir }) => {
    const { id } = await fhir.create(patient({ gender: 'other' }))
    const received = await fhir.get(`/Patient?_id=${id}`, { accept: XML })
    status(received, 200)
    check(/^(<\?xml[^>]*\?>)?\s*<Bundle\b/.test(received.text), 'a Bundle')
    check(received.text.includes('<gender value="other"/>'), 'with the resource')
    check(/<search>\s*<mode value="match"\/>/.test(received.text), 'and its mode')
  })

  must('a transaction in XML', async ({ fhir }) => {
    const body = `<Bundle ${NS}><type value="transaction"/><entry><resource><Patient><active value="true"/></Patient></resource><request><method value="POST"/><url value="Patient"/></request></entry></Bundle>`
    const received = await fhir.post('', body, { 'content-type': XML, accept: XML })
    status(received, 200)
    check(received.text.includes('<type value="transaction-response"/>'), 'a transaction-response')
  })

  for (const [what, body] of [
    ['half of XML', `<Patient ${NS}><active value="true"/>`],
    ['no namespace', '<Patient><active value="true"/></Patient>'],
    ['another namespace', '<Patient xmlns="urn:hl7-org:v3"><active value="true"/></Patient>'],
    ['JSON as XML', '{"resourceType":"Patient"}'],
    ['nothing', ''],
    [
      'an entity',
      `<!DOCTYPE Patient [<!ENTITY e "x">]><Patient ${NS}><name><family value="&e;"/></name></Patient>`,
    ],
    [
      'an external entity',
      `<!DOCTYPE Patient [<!ENTITY e SYSTEM "file:///etc/passwd">]><Patient ${NS}><name><family value="&e;"/></name></Patient>`,
    ],
    ['a document type', `<!DOCTYPE Patient><Patient ${NS}/>`],
    ['text between elements', `<Patient ${NS}>text<active value="true"/></Patient>`],
  ] as const) {
    must(
      `an XML body with ${what} is refused`,
      async ({ fhir }) => {
        const received = await fhir.request('POST', '/Patient', { body, headers: { 'content-type': XML } })
        refused(received, 400, 422)
        check(!received.text.includes('root:'), 'nothing of the file system')
      },
      'xml.html',
    )
  }

  for (const [what, body] of [
    ['an unknown element', `<Patient ${NS}><nonsense value="1"/></Patient>`],
    ['an unknown attribute', `<Patient ${NS}><active value="true" nonsense="1"/></Patient>`],
    ['an empty value', `<Patient ${NS}><gender value=""/></Patient>`],
    ['an element of one twice', `<Patient ${NS}><active value="true"/><active value="false"/></Patient>`],
  ] as const) {
    must(
      `an XML resource with ${what} is refused`,
      async ({ fhir }) => {
        refused(await fhir.post('/Patient', body, { 'content-type': XML }), 400, 422)
      },
      'xml.html',
    )
  }

  should(
    'elements out of order are refused',
    async ({ fhir }) => {
      const body = `<Patient ${NS}><gender value="male"/><active value="true"/></Patient>`
      refused(await fhir.post('/Patient', body, { 'content-type': XML }), 400, 422)
    },
    'xml.html',
  )

  own('an element out of order is named', async ({ fhir }) => {
    const body = `<Patient ${NS}><name><given value="a"/><family value="b"/></name><id value="c"/></Patient>`
    const received = await fhir.post('/Patient', body, { 'content-type': XML })
    refused(received, 400)
    equal(
      outcomeOf(received).issue.flatMap(({ expression }) => expression ?? []),
      ['Patient.name[0].family', 'Patient.id'],
      'the path of each',
    )
  })
})
