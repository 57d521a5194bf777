/** JSON and XML, and how they are asked for. @see https://hl7.org/fhir/R4/http.html#mime-type */
import { check, equal, headerOf, refused, refusedAnyhow, status } from '../../support/conformance/check.ts'
import { clause } from '../../support/conformance/clause.ts'
import { idOf, resourceOf } from '../../support/conformance/client.ts'
import { CODES, patient } from '../../support/conformance/samples.ts'

const XML = 'application/fhir+xml'
const NS = 'xmlns="http://hl7.org/fhir"'

const isXml = (text: string): boolean => text.trimStart().startsWith('<')

export const formats = clause('formats', 'http.html#mime-type', ({ must, should, own }) => {
  for (const [accept, xml] of [
    ['application/fhir+json', false],
    ['application/json', false],
    ['*/*', false],
    ['application/*', false],
    ['application/fhir+xml', true],
    ['application/xml', true],
    ['text/xml', true],
    ['application/fhir+xml; charset=utf-8', true],
    ['application/fhir+xml; fhirVersion=4.0', true],
    ['application/fhir+json; fhirVersion=4.0', false],
    ['application/fhir+json;q=0.1, application/fhir+xml;q=0.9', true],
    ['application/fhir+xml;q=0.1, application/fhir+json;q=0.9', false],
    ['image/png, application/fhir+xml', true],
    ['text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8', true],
  ] as const) {
    const add = accept.startsWith('text/') || accept.includes(',') ? should : must
    add(`Accept: ${accept} is answered in ${xml ? 'XML' : 'JSON'}`, async ({ fhir }) => {
      const { id } = await fhir.create(patient())
      const received = await fhir.get(`/Patient/${id}`, { accept })
      status(received, 200)
      equal(isXml(received.text), xml, 'XML')
      check(headerOf(received, 'content-type').includes(xml ? 'xml' : 'json'), 'the content type says so')
    })
  }

  must('Accept: what no server has is 406', async ({ fhir }) => {
    const { id } = await fhir.create(patient())
    refused(await fhir.get(`/Patient/${id}`, { accept: 'image/png' }), 406)
    refused(await fhir.get(`/Patient?_id=${id}`, { accept: 'application/pdf' }), 406)
  })

  own('another version of FHIR is refused', async ({ fhir }) => {
    refused(await fhir.get('/Patient', { accept: 'application/fhir+json; fhirVersion=3.0' }), 406)
  })

  for (const [format, xml] of [
    ['json', false],
    ['application/json', false],
    ['application/fhir+json', false],
    ['application/fhir%2Bjson', false],
    ['xml', true],
    ['text/xml', true],
    ['application/xml', true],
    ['application/fhir%2Bxml', true],
  ] as const) {
    must(
      `_format=${format} overrides Accept`,
      async ({ fhir }) => {
        const { id } = await fhir.create(patient())
        const received = await fhir.get(`/Patient/${id}?_format=${format}`, {
          accept: xml ? 'application/fhir+json' : XML,
        })
        status(received, 200)
        equal(isXml(received.text), xml, 'XML')
      },
      'http.html#parameters',
    )
  }

  must('_format with nonsense is refused', async ({ fhir }) => {
    refusedAnyhow(await fhir.get('/Patient?_format=nonsense'))
  })

  should(
    '_pretty gives lines',
    async ({ fhir }) => {
      const { id } = await fhir.create(patient())
      for (const format of ['json', 'xml']) {
        const received = await fhir.get(`/Patient/${id}?_pretty=true&_format=${format}`)
        status(received, 200)
        check(received.text.trim().split('\n').length > 3, `several lines of ${format}`)
      }
    },
    'http.html#parameters',
  )

  for (const type of [
    'text/plain',
    'application/octet-stream',
    'image/png',
    'multipart/form-data',
    'application/x-www-form-urlencoded',
    'nonsense',
  ]) {
    must(`a body of ${type} is 415`, async ({ fhir }) => {
      refused(await fhir.post('/Patient', JSON.stringify(patient()), { 'content-type': type }), 415)
    })
  }

  must('a charset other than UTF-8 is refused', async ({ fhir }) => {
    refused(
      await fhir.post('/Patient', JSON.stringify(patient()), {
        'content-type': 'application/fhir+json; charset=iso-8859-1',
      }),
      415,
      400,
    )
  })

  for (const type of [
    'application/fhir+json',
    'application/json',
    'application/fhir+json; charset=UTF-8',
    'application/fhir+json;fhirVersion=4.0',
  ]) {
    must(`a JSON body as ${type} is accepted`, async ({ fhir }) => {
      status(await fhir.post('/Patient', JSON.stringify(patient()), { 'content-type': type }), 201)
    })
  }

  for (const type of [
    'application/fhir+xml',
    'application/xml',
    'text/xml',
    'application/fhir+xml; charset=utf-8',
  ]) {
    must(`an XML body as ${type} is accepted`, async ({ fhir }) => {
      status(
        await fhir.post('/Patient', `<Patient ${NS}><active value="true"/></Patient>`, {
          'content-type': type,
        }),
        201,
      )
    })
  }

  must('bytes that are no UTF-8 are refused', async ({ fhir }) => {
    const body = Buffer.concat([
      Buffer.from('{"resourceType":"Patient","name":[{"family":"'),
      Buffer.from([0xe9]),
      Buffer.from('"}]}'),
    ])
    refused(await fhir.request('POST', '/Patient', { body }), 400)
  })

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

  must(
    'a Binary is served in its own type when that is asked for',
    async ({ fhir }) => {
      const { id } = await fhir.create({
        resourceType: 'Binary',
        contentType: 'text/plain',
        data: Buffer.from('hello').toString('base64'),
      })
      const raw = await fhir.get(`/Binary/${id}`, { accept: 'text/plain' })
      status(raw, 200)
      equal(raw.text, 'hello', 'the bytes')
      check(headerOf(raw, 'content-type').startsWith('text/plain'), 'its content type')
      equal(
        resourceOf(await fhir.get(`/Binary/${id}`), 'Binary').contentType,
        'text/plain',
        'as FHIR when FHIR is asked for',
      )
    },
    'binary.html#rest',
  )

  must(
    'a Binary is created from bytes of any type',
    async ({ fhir }) => {
      const bytes = Buffer.from([0, 1, 2, 255, 254])
      const created = await fhir.request('POST', '/Binary', {
        body: bytes,
        headers: { 'content-type': 'application/x-conformance' },
      })
      status(created, 201)
      const found = resourceOf(await fhir.get(`/Binary/${idOf(created)}`), 'Binary')
      equal(
        [found.contentType, found.data],
        ['application/x-conformance', bytes.toString('base64')],
        'type and bytes',
      )
    },
    'binary.html#rest',
  )
})
