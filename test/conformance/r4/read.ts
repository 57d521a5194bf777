/** @see https://hl7.org/fhir/R4/http.html#read */
import {
  check,
  equal,
  headerOf,
  present,
  refused,
  refusedAnyhow,
  status,
  succeeded,
} from '../../support/conformance/check.ts'
import { clause } from '../../support/conformance/clause.ts'
import { anyResource, resourceOf } from '../../support/conformance/client.ts'
import { patient } from '../../support/conformance/samples.ts'

export const read = clause('read', 'http.html#read', ({ must, should, own }) => {
  must('a resource is read with its id, version and time', async ({ fhir }) => {
    const { id } = await fhir.create(patient({ gender: 'other' }))
    const received = await fhir.get(`/Patient/${id}`)
    status(received, 200)
    const found = resourceOf(received, 'Patient')
    equal(found.id, id, 'the logical id')
    equal(found.gender, 'other', 'the content')
    present(found.meta?.lastUpdated, 'meta.lastUpdated')
    present(found.meta?.versionId, 'meta.versionId')
  })

  must('any resource has its id, version and time', async ({ fhir, readable }) => {
    const { type, id, path } = await readable()
    const received = await fhir.get(path)
    status(received, 200)
    const found = anyResource(received)
    equal([found.resourceType, found.id], [type, id], 'type and id')
    present(found.meta?.lastUpdated, 'meta.lastUpdated')
    present(found.meta?.versionId, 'meta.versionId')
  })

  must(
    'the media type is FHIR JSON in UTF-8',
    async ({ fhir, readable }) => {
      const { path } = await readable()
      const type = headerOf(await fhir.get(path), 'content-type').toLowerCase()
      check(type.startsWith('application/fhir+json'), `application/fhir+json, not ${type}`)
      check(!/charset=(?!"?utf-8)/.test(type), 'no other charset than UTF-8')
    },
    'http.html#mime-type',
  )

  should('ETag is the weak form of meta.versionId', async ({ fhir, readable }) => {
    const { path } = await readable()
    const received = await fhir.get(path)
    equal(headerOf(received, 'etag'), `W/"${anyResource(received).meta?.versionId}"`, 'ETag')
  })

  should('Last-Modified is meta.lastUpdated to the second', async ({ fhir, readable }) => {
    const { path } = await readable()
    const received = await fhir.get(path)
    const header = Date.parse(headerOf(received, 'last-modified'))
    const element = Date.parse(present(anyResource(received).meta?.lastUpdated, 'meta.lastUpdated'))
    equal(Math.floor(header / 1000), Math.floor(element / 1000), 'the same second')
  })

  must('an unknown id is 404', async ({ fhir, unique }) => {
    refused(await fhir.get(`/Patient/${unique()}`), 404)
  })

  must('an id of another type is 404', async ({ fhir }) => {
    const { id } = await fhir.create(patient())
    refused(await fhir.get(`/Observation/${id}`), 404)
  })

  must(
    'ids differ by case',
    async ({ fhir, unique }) => {
      const id = unique('case')
      succeeded(await fhir.put(`/Patient/${id}`, { ...patient(), id }))
      refused(await fhir.get(`/Patient/${id.toUpperCase()}`), 404)
    },
    'datatypes.html#id',
  )

  must('a deleted resource is 410', async ({ fhir }) => {
    const { id } = await fhir.create(patient())
    succeeded(await fhir.delete(`/Patient/${id}`))
    refused(await fhir.get(`/Patient/${id}`), 410)
  })

  must('an unknown resource type is 404', async ({ fhir }) => {
    refused(await fhir.get('/Patients/1'), 404)
    refused(await fhir.get('/patient/1'), 404)
  })

  for (const [what, id] of [
    ['65 characters', 'a'.repeat(65)],
    ['an underscore', 'a_b'],
    ['a percent-encoded slash', 'a%2Fb'],
    ['a percent-encoded NUL', 'a%00b'],
    ['a percent-encoded quote', 'a%27b'],
    ['bytes that are no UTF-8', '%C3%28'],
    ['half a percent-encoding', '%E'],
  ] as const) {
    must(
      `an id with ${what} is refused, not an error of the server`,
      async ({ fhir }) => {
        refused(await fhir.get(`/Patient/${id}`), 400, 404)
      },
      'datatypes.html#id',
    )
  }

  must('what was sent is what is read', async ({ fhir }) => {
    const sent = {
      ...patient(),
      language: 'fr',
      text: {
        status: 'additional',
        div: '<div xmlns="http://www.w3.org/1999/xhtml"><p>Élodie &amp; Noël — ok &lt;3</p></div>',
      },
      contained: [{ resourceType: 'Organization', id: 'o1', name: 'Hôpital 𝄞 日本' }],
      extension: [{ url: 'https://conformance.example/e', extension: [{ url: 'a', valueDecimal: 0.5 }] }],
      name: [
        {
          family: 'Ψ',
          given: ['a', 'b'],
          _given: [null, { extension: [{ url: 'https://conformance.example/p', valueCode: 'x' }] }],
        },
      ],
      _birthDate: {
        extension: [
          { url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' },
        ],
      },
      managingOrganization: { reference: '#o1' },
      multipleBirthInteger: 2,
      deceasedBoolean: false,
    }
    const created = await fhir.post('/Patient', sent)
    status(created, 201)
    const { id, meta, ...rest } = resourceOf(
      await fhir.get(headerOf(created, 'location').replace(/\/_history\/.*$/, '')),
      'Patient',
    )
    present(id, 'id')
    present(meta, 'meta')
    equal(rest, sent, 'every element as it was sent')
  })

  must(
    'decimals keep their precision',
    async ({ fhir }) => {
      const numbers = ['1.10', '0.50', '100', '0.000000000000000010', '123456789012345678.90']
      const text = JSON.stringify({
        resourceType: 'Observation',
        status: 'final',
        code: { text: 'decimals' },
        component: numbers.map((_n, index) => ({
          code: { text: `n${index}` },
          valueQuantity: { value: `@${index}@` },
        })),
      }).replaceAll(/"@(\d)@"/g, (_match, index: string) => numbers[Number(index)] ?? '')
      const created = await fhir.post('/Observation', text)
      status(created, 201)
      const read = await fhir.get(`/Observation/${resourceOf(created, 'Observation').id}`)
      const found = [...read.text.matchAll(/"value"\s*:\s*([^\s,}]+)/g)].map((match) => match[1])
      equal(found, numbers, 'the values as text')
    },
    'datatypes.html#decimal',
  )

  should(
    'HEAD answers as GET does, without a body',
    async ({ fhir, unique, readable }) => {
      const { type, path } = await readable()
      const get = await fhir.get(path)
      const head = await fhir.request('HEAD', path)
      status(head, 200)
      equal(head.text, '', 'no body')
      for (const name of ['etag', 'content-type', 'last-modified'])
        equal(head.headers[name], get.headers[name], name)
      status(await fhir.request('HEAD', `/${type}/${unique()}`), 404)
    },
    'http.html#summary',
  )

  should(
    '_summary=true keeps the summary elements and says so',
    async ({ fhir }) => {
      const { id } = await fhir.create(patient({ photo: [{ title: 'none' }], gender: 'female' }))
      const received = await fhir.get(`/Patient/${id}?_summary=true`)
      status(received, 200)
      const found = resourceOf(received, 'Patient')
      equal(found.gender, 'female', 'gender is of the summary')
      equal(found.photo, undefined, 'photo is not')
      check(found.meta?.tag?.some(({ code }) => code === 'SUBSETTED') ?? false, 'tagged SUBSETTED')
    },
    'search.html#summary',
  )

  should(
    '_elements keeps what is named and what is mandatory',
    async ({ fhir }) => {
      const { id } = await fhir.create({
        resourceType: 'Observation',
        status: 'final',
        code: { text: 'c' },
        issued: '2020-01-01T00:00:00Z',
        note: [{ text: 'n' }],
      })
      const received = await fhir.get(`/Observation/${id}?_elements=issued`)
      status(received, 200)
      const found = resourceOf(received, 'Observation')
      equal(
        [found.status, found.issued !== undefined, found.note],
        ['final', true, undefined],
        'status, issued, no note',
      )
    },
    'search.html#elements',
  )

  own('a stranger of a parameter is refused on read too', async ({ fhir }) => {
    const { id } = await fhir.create(patient())
    refusedAnyhow(await fhir.get(`/Patient/${id}?name=x`))
  })
})
