/** JSON and XML, and how they are asked for. @see https://hl7.org/fhir/R4/http.html#mime-type */
import { check, equal, headerOf, refused, refusedAnyhow, status } from '../../support/conformance/check.ts'
import { clause } from '../../support/conformance/clause.ts'
import { idOf, resourceOf } from '../../support/conformance/client.ts'

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
    add(`Accept: ${accept} is answered in ${xml ? 'XML' : 'JSON'}`, async ({ fhir, readable }) => {
      const { path } = await readable()
      const received = await fhir.get(path, { accept })
      status(received, 200)
      equal(isXml(received.text), xml, 'XML')
      check(headerOf(received, 'content-type').includes(xml ? 'xml' : 'json'), 'the content type says so')
    })
  }

  must('Accept: what no server has is 406', async ({ fhir, readable, searchable }) => {
    const { path } = await readable()
    const { type, query } = await searchable()
    refused(await fhir.get(path, { accept: 'image/png' }), 406)
    refused(await fhir.get(`/${type}?${query}`, { accept: 'application/pdf' }), 406)
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
      async ({ fhir, readable }) => {
        const { path } = await readable()
        const received = await fhir.get(`${path}?_format=${format}`, {
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
    async ({ fhir, readable }) => {
      const { path } = await readable()
      for (const format of ['json', 'xml']) {
        const received = await fhir.get(`${path}?_pretty=true&_format=${format}`)
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
    must(`a body of ${type} is 415`, async ({ fhir, creatable }) => {
      const body = await creatable()
      refused(await fhir.post(`/${body.resourceType}`, JSON.stringify(body), { 'content-type': type }), 415)
    })
  }

  must('a charset other than UTF-8 is refused', async ({ fhir, creatable }) => {
    const body = await creatable()
    refused(
      await fhir.post(`/${body.resourceType}`, JSON.stringify(body), {
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
    must(`a JSON body as ${type} is accepted`, async ({ fhir, creatable }) => {
      const body = await creatable()
      status(await fhir.post(`/${body.resourceType}`, JSON.stringify(body), { 'content-type': type }), 201)
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

  must('bytes that are no UTF-8 are refused', async ({ fhir, creatable }) => {
    const { resourceType } = await creatable()
    const body = Buffer.concat([
      Buffer.from(`{"resourceType":"${resourceType}","language":"`),
      Buffer.from([0xe9]),
      Buffer.from('"}'),
    ])
    refused(await fhir.request('POST', `/${resourceType}`, { body }), 400)
  })

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
