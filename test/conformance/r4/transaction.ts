/** @see https://hl7.org/fhir/R4/http.html#transaction, #trules */
import type { Bundle, BundleEntry, Resource } from '@medplum/fhirtypes'
import { check, equal, present, refused, refusedAnyhow, status } from '../../support/conformance/check.ts'
import { clause } from '../../support/conformance/clause.ts'
import { type Fhir, type Received, resourceOf } from '../../support/conformance/client.ts'
import { byIdentifier, concept, identified, observation, patient } from '../../support/conformance/samples.ts'
import { fhirPatch, operation } from './patch-fhirpath.ts'

const bundleOf = (entry: readonly BundleEntry[]): Bundle => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [...entry],
})

function send(fhir: Fhir, ...entry: BundleEntry[]): Promise<Received> {
  return fhir.post('', bundleOf(entry))
}

async function done(fhir: Fhir, ...entry: BundleEntry[]): Promise<BundleEntry[]> {
  const received = await send(fhir, ...entry)
  status(received, 200)
  const bundle = resourceOf(received, 'Bundle')
  equal(bundle.type, 'transaction-response', 'type')
  equal(bundle.entry?.length, entry.length, 'an entry for each, in the same order')
  return bundle.entry ?? []
}

const post = (resource: Resource, fullUrl?: string, ifNoneExist?: string): BundleEntry => ({
  ...(fullUrl === undefined ? {} : { fullUrl }),
  resource,
  request: {
    method: 'POST',
    url: resource.resourceType,
    ...(ifNoneExist === undefined ? {} : { ifNoneExist }),
  },
})
const codeOf = (entry: BundleEntry | undefined): number => Number(entry?.response?.status?.slice(0, 3))
const urn = (): string => `urn:uuid:${crypto.randomUUID()}`

function idOf(entry: BundleEntry | undefined): string {
  return present(
    /([A-Za-z0-9\-.]+)\/_history\//.exec(entry?.response?.location ?? '')?.[1],
    'response.location',
  )
}

async function matches(fhir: Fhir, value: string): Promise<number> {
  return resourceOf(await fhir.get(`/Patient?${byIdentifier(value)}`), 'Bundle').entry?.length ?? 0
}

export const transaction = clause('transaction', 'http.html#transaction', ({ must, should, own }) => {
  must('creates all, answers each in its place', async ({ fhir, unique }) => {
    const id = unique()
    const entries = await done(
      fhir,
      post(patient()),
      { resource: { ...patient(), id }, request: { method: 'PUT', url: `Patient/${id}` } },
      post(observation()),
    )
    equal(entries.map(codeOf), [201, 201, 201], 'three created')
    status(await fhir.get(`/Patient/${idOf(entries[0])}`), 200)
    status(await fhir.get(`/Observation/${idOf(entries[2])}`), 200)
    for (const { response } of entries) {
      present(response?.etag, 'etag')
      present(response?.lastModified, 'lastModified')
    }
  })

  must(
    'urn:uuid references become real ones, also to an entry that comes later',
    async ({ fhir }) => {
      const [one, two] = [urn(), urn()]
      const entries = await done(
        fhir,
        post(observation({ subject: { reference: one }, performer: [{ reference: two }] }), urn()),
        post(patient(), one),
        post({ resourceType: 'Practitioner' }, two),
      )
      const found = resourceOf(await fhir.get(`/Observation/${idOf(entries[0])}`), 'Observation')
      equal(found.subject?.reference, `Patient/${idOf(entries[1])}`, 'subject')
      equal(found.performer?.[0]?.reference, `Practitioner/${idOf(entries[2])}`, 'performer')
    },
    'http.html#trules',
  )

  must(
    'references are rewritten in extensions, contained resources, backbone elements and urls',
    async ({ fhir }) => {
      const one = urn()
      const entries = await done(
        fhir,
        post(patient(), one),
        post({
          resourceType: 'CarePlan',
          status: 'active',
          intent: 'plan',
          subject: { reference: one, display: 'kept' },
          contained: [
            {
              resourceType: 'Goal',
              id: 'g',
              lifecycleStatus: 'active',
              description: { text: 'g' },
              subject: { reference: one },
            },
          ],
          goal: [{ reference: '#g' }],
          extension: [
            { url: 'https://conformance.example/r', valueReference: { reference: one } },
            { url: 'https://conformance.example/u', valueUri: one },
            {
              url: 'https://conformance.example/n',
              extension: [{ url: 'deep', valueReference: { reference: one } }],
            },
          ],
          activity: [{ detail: { status: 'scheduled', performer: [{ reference: one }] } }],
        }),
      )
      const wanted = `Patient/${idOf(entries[0])}`
      const found = resourceOf(await fhir.get(`/CarePlan/${idOf(entries[1])}`), 'CarePlan')
      equal(found.subject, { reference: wanted, display: 'kept' }, 'subject')
      const [goal] = found.contained ?? []
      equal(
        goal?.resourceType === 'Goal' ? goal.subject?.reference : undefined,
        wanted,
        'in a contained resource',
      )
      equal(found.goal?.[0]?.reference, '#g', 'a reference to a contained resource stays')
      equal(found.extension?.[0]?.valueReference?.reference, wanted, 'in an extension')
      equal(found.extension?.[2]?.extension?.[0]?.valueReference?.reference, wanted, 'in a nested extension')
      equal(found.activity?.[0]?.detail?.performer?.[0]?.reference, wanted, 'in a backbone element')
      check(
        (found.extension?.[1]?.valueUri ?? '').endsWith(wanted),
        `a uri element: ${found.extension?.[1]?.valueUri}`,
      )
    },
    'http.html#trules',
  )

  should(
    'links in the narrative are rewritten',
    async ({ fhir }) => {
      const one = urn()
      const div = `<div xmlns="http://www.w3.org/1999/xhtml"><a href="${one}">the patient</a></div>`
      const entries = await done(
        fhir,
        post(patient(), one),
        post({ ...observation(), text: { status: 'generated', div } }),
      )
      const found = resourceOf(await fhir.get(`/Observation/${idOf(entries[1])}`), 'Observation')
      check(
        (found.text?.div ?? '').includes(`Patient/${idOf(entries[0])}"`),
        'the link leads to the new resource',
      )
    },
    'http.html#trules',
  )

  must(
    'text that only looks like a reference stays',
    async ({ fhir }) => {
      const one = urn()
      const entries = await done(
        fhir,
        post(patient(), one),
        post(observation({ note: [{ text: one }], subject: { reference: one } })),
      )
      const found = resourceOf(await fhir.get(`/Observation/${idOf(entries[1])}`), 'Observation')
      equal(found.note?.[0]?.text, one, 'the note')
    },
    'http.html#trules',
  )

  must(
    'a relative reference to an entry that is created follows it',
    async ({ fhir, unique }) => {
      const old = unique('old')
      const entries = await done(fhir, post({ ...patient(), id: old }, `${fhir.base}/Patient/${old}`), {
        fullUrl: `${fhir.base}/Observation/${unique()}`,
        resource: observation({ subject: { reference: `Patient/${old}` } }),
        request: { method: 'POST', url: 'Observation' },
      })
      const found = resourceOf(await fhir.get(`/Observation/${idOf(entries[1])}`), 'Observation')
      equal(found.subject?.reference, `Patient/${idOf(entries[0])}`, 'the new id')
    },
    'http.html#trules',
  )

  must(
    'a reference to an entry found by ifNoneExist',
    async ({ fhir, unique }) => {
      const value = unique()
      const { id } = await fhir.create(identified(value))
      const one = urn()
      const entries = await done(
        fhir,
        post(observation({ subject: { reference: one } })),
        post(identified(value), one, byIdentifier(value)),
        { request: { method: 'GET', url: `Patient/${id}` } },
      )
      equal(codeOf(entries[1]), 200, 'found')
      equal(
        resourceOf(await fhir.get(`/Observation/${idOf(entries[0])}`), 'Observation').subject?.reference,
        `Patient/${id}`,
        'the one that was found',
      )
    },
    'http.html#trules',
  )

  must(
    'a reference to the target of a conditional update',
    async ({ fhir, unique }) => {
      const value = unique()
      const { id } = await fhir.create(identified(value))
      const one = urn()
      const entries = await done(fhir, post(observation({ subject: { reference: one } })), {
        fullUrl: one,
        resource: identified(value, { active: true }),
        request: { method: 'PUT', url: `Patient?${byIdentifier(value)}` },
      })
      equal(
        resourceOf(await fhir.get(`/Observation/${idOf(entries[0])}`), 'Observation').subject?.reference,
        `Patient/${id}`,
        'subject',
      )
    },
    'http.html#trules',
  )

  must(
    'conditional references are resolved',
    async ({ fhir, unique }) => {
      const value = unique()
      const { id } = await fhir.create(identified(value))
      const entries = await done(
        fhir,
        post(observation({ subject: { reference: `Patient?${byIdentifier(value)}` } })),
      )
      equal(
        resourceOf(await fhir.get(`/Observation/${idOf(entries[0])}`), 'Observation').subject?.reference,
        `Patient/${id}`,
        'subject',
      )
    },
    'http.html#trules',
  )

  must(
    'a conditional reference to none or several fails the whole',
    async ({ fhir, unique }) => {
      const [none, many, witness] = [unique(), unique(), unique()]
      await fhir.create(identified(many))
      await fhir.create(identified(many))
      for (const value of [none, many]) {
        const received = await send(
          fhir,
          post(identified(witness)),
          post(observation({ subject: { reference: `Patient?${byIdentifier(value)}` } })),
        )
        refused(received, 400, 404, 412, 422)
      }
      equal(await matches(fhir, witness), 0, 'nothing was created')
    },
    'http.html#trules',
  )

  must('all or nothing: an invalid entry', async ({ fhir, unique }) => {
    const value = unique()
    refused(
      await send(fhir, post(identified(value)), {
        resource: { ...patient(), id: 'x' },
        request: { method: 'PUT', url: 'Patient/y' },
      }),
      400,
      422,
    )
    equal(await matches(fhir, value), 0, 'nothing was created')
  })

  for (const [what, entry, codes] of [
    [
      'an If-Match that fails',
      {
        resource: { ...patient({ active: true }), id: '@' },
        request: { method: 'PUT', url: 'Patient/@', ifMatch: 'W/"99"' },
      },
      [412, 409],
    ],
    [
      'an ifNoneExist with several matches',
      { resource: patient(), request: { method: 'POST', url: 'Patient', ifNoneExist: 'identifier=#' } },
      [412],
    ],
    [
      'a conditional update with several matches',
      { resource: patient(), request: { method: 'PUT', url: 'Patient?identifier=#' } },
      [412],
    ],
    [
      'a resource of the wrong type',
      { resource: { resourceType: 'Device' }, request: { method: 'POST', url: 'Patient' } },
      [400, 422],
    ],
    ['an unknown method', { request: { method: 'FETCH', url: 'Patient/@' } }, [400, 422]],
    ['a GET of what does not exist', { request: { method: 'GET', url: 'Patient/nobody-here' } }, [404]],
    [
      'an unknown type',
      { resource: { resourceType: 'Nonsense' }, request: { method: 'POST', url: 'Nonsense' } },
      [400, 404, 422],
    ],
  ] as const) {
    must(`all or nothing: ${what}`, async ({ fhir, unique }) => {
      const [value, several] = [unique(), unique()]
      const { id } = await fhir.create(patient())
      await fhir.create(identified(several))
      await fhir.create(identified(several))
      const text = JSON.stringify(entry).replaceAll('@', id).replaceAll('identifier=#', byIdentifier(several))
      const received = await fhir.post(
        '',
        `{"resourceType":"Bundle","type":"transaction","entry":[${JSON.stringify(post(identified(value)))},${text}]}`,
      )
      refused(received, ...codes)
      equal(await matches(fhir, value), 0, 'nothing was created')
      equal(resourceOf(await fhir.get(`/Patient/${id}`), 'Patient').active, undefined, 'nothing was changed')
    })
  }

  should('the outcome of a failed transaction names the entry', async ({ fhir }) => {
    const received = await send(
      fhir,
      post(patient()),
      post(patient()),
      post({ ...patient(), gender: 'x' } as unknown as Resource),
    )
    refused(received, 400, 422)
    check(/entry\[2\]/.test(received.text), 'Bundle.entry[2]')
  })

  must(
    'the order of processing is DELETE, POST, PUT, GET',
    async ({ fhir, unique }) => {
      const value = unique()
      const { id } = await fhir.create(identified(value))
      const put = unique('put')
      const entries = await done(
        fhir,
        { request: { method: 'GET', url: `Patient?${byIdentifier(value)}` } },
        {
          resource: { ...identified(value, { gender: 'other' }), id: put },
          request: { method: 'PUT', url: `Patient/${put}` },
        },
        post(identified(value), undefined, byIdentifier(value)),
        { request: { method: 'DELETE', url: `Patient/${id}` } },
      )
      equal(codeOf(entries[2]), 201, 'the POST comes after the DELETE: no match, created')
      const found = entries[0]?.resource
      equal(
        found?.resourceType === 'Bundle' ? found.entry?.length : undefined,
        2,
        'the GET comes last: it finds both new ones',
      )
    },
    'http.html#trules',
  )

  must(
    'the order of entries does not matter',
    async ({ fhir }) => {
      const [one, two] = [urn(), urn()]
      const organization = post({ resourceType: 'Organization', name: 'o' }, one)
      const person = post(patient({ managingOrganization: { reference: one } }), two)
      const result = post(observation({ subject: { reference: two } }))
      for (const order of [
        [organization, person, result],
        [result, person, organization],
      ])
        equal((await done(fhir, ...order)).map(codeOf), [201, 201, 201], 'created')
    },
    'http.html#trules',
  )

  must(
    'circular references',
    async ({ fhir }) => {
      const [one, two] = [urn(), urn()]
      const entries = await done(
        fhir,
        post(patient({ link: [{ other: { reference: two }, type: 'seealso' }] }), one),
        post(patient({ link: [{ other: { reference: one }, type: 'seealso' }] }), two),
      )
      const found = resourceOf(await fhir.get(`/Patient/${idOf(entries[0])}`), 'Patient')
      equal(found.link?.[0]?.other.reference, `Patient/${idOf(entries[1])}`, 'link')
    },
    'http.html#trules',
  )

  must(
    'the same resource twice fails',
    async ({ fhir }) => {
      const { id } = await fhir.create(patient())
      const put: BundleEntry = {
        resource: { ...patient({ active: true }), id },
        request: { method: 'PUT', url: `Patient/${id}` },
      }
      refusedAnyhow(await send(fhir, put, { ...put, resource: { ...patient({ active: false }), id } }))
      refusedAnyhow(await send(fhir, put, { request: { method: 'DELETE', url: `Patient/${id}` } }))
    },
    'http.html#trules',
  )

  must(
    'the same resource twice by a condition fails',
    async ({ fhir, unique }) => {
      const value = unique()
      const { id } = await fhir.create(identified(value))
      refusedAnyhow(
        await send(
          fhir,
          {
            resource: { ...identified(value, { active: true }), id },
            request: { method: 'PUT', url: `Patient/${id}` },
          },
          {
            resource: identified(value, { active: false }),
            request: { method: 'PUT', url: `Patient?${byIdentifier(value)}` },
          },
        ),
      )
    },
    'http.html#trules',
  )

  must(
    'the same fullUrl twice fails',
    async ({ fhir }) => {
      const one = urn()
      refusedAnyhow(await send(fhir, post(patient(), one), post(patient(), one)))
    },
    'bundle.html#bundle-unique',
  )

  must('DELETE, conditional DELETE and PATCH in a transaction', async ({ fhir, unique }) => {
    const value = unique()
    const [one, two, three, four] = [
      await fhir.create(patient()),
      await fhir.create(identified(value)),
      await fhir.create(patient()),
      await fhir.create(patient()),
    ]
    const data = Buffer.from('[{"op":"add","path":"/active","value":true}]').toString('base64')
    await done(
      fhir,
      { request: { method: 'DELETE', url: `Patient/${one.id}` } },
      { request: { method: 'DELETE', url: `Patient?${byIdentifier(value)}` } },
      {
        resource: { resourceType: 'Binary', contentType: 'application/json-patch+json', data },
        request: { method: 'PATCH', url: `Patient/${three.id}` },
      },
      {
        resource: fhirPatch(
          operation('add', {
            path: { valueString: 'Patient' },
            name: { valueString: 'active' },
            value: { valueBoolean: true },
          }),
        ),
        request: { method: 'PATCH', url: `Patient/${four.id}` },
      },
    )
    status(await fhir.get(`/Patient/${one.id}`), 410)
    status(await fhir.get(`/Patient/${two.id}`), 410)
    for (const { id } of [three, four])
      equal(resourceOf(await fhir.get(`/Patient/${id}`), 'Patient').active, true, 'patched')
  })

  must(
    'Prefer: return=minimal and representation',
    async ({ fhir }) => {
      const full = resourceOf(
        await fhir.post('', bundleOf([post(patient())]), { prefer: 'return=representation' }),
        'Bundle',
      )
      equal(full.entry?.[0]?.resource?.resourceType, 'Patient', 'the resource')
      const minimal = resourceOf(
        await fhir.post('', bundleOf([post(patient())]), { prefer: 'return=minimal' }),
        'Bundle',
      )
      equal(minimal.entry?.[0]?.resource, undefined, 'no resource')
    },
    'http.html#ops',
  )

  must('an identifier reference and an absolute one elsewhere stay', async ({ fhir }) => {
    const elsewhere = 'https://elsewhere.example/fhir/Patient/1'
    const entries = await done(
      fhir,
      post(observation({ subject: { reference: elsewhere }, performer: [{ identifier: { value: 'x' } }] })),
    )
    const found = resourceOf(await fhir.get(`/Observation/${idOf(entries[0])}`), 'Observation')
    equal([found.subject?.reference, found.performer?.[0]?.identifier?.value], [elsewhere, 'x'], 'both')
  })

  must(
    'a reference to one version follows the resource',
    async ({ fhir }) => {
      const one = urn()
      const entries = await done(
        fhir,
        post(patient(), one),
        post({
          resourceType: 'Provenance',
          target: [{ reference: one }],
          recorded: '2020-01-01T00:00:00Z',
          agent: [{ who: { display: 'x' } }],
        }),
      )
      const found = resourceOf(await fhir.get(`/Provenance/${idOf(entries[1])}`), 'Provenance')
      check((found.target[0]?.reference ?? '').startsWith(`Patient/${idOf(entries[0])}`), 'target')
    },
    'http.html#trules',
  )

  own('a urn:uuid that no entry has fails the whole', async ({ fhir, unique }) => {
    const value = unique()
    refused(
      await send(fhir, post(identified(value)), post(observation({ subject: { reference: urn() } }))),
      400,
      422,
    )
    equal(await matches(fhir, value), 0, 'nothing was created')
  })

  must(
    'a search in a transaction sees what it wrote',
    async ({ fhir, unique }) => {
      const value = unique()
      const entries = await done(fhir, post(observation({ code: concept(value) })), {
        request: { method: 'GET', url: `Observation?code=${value}` },
      })
      const found = entries[1]?.resource
      equal(found?.resourceType === 'Bundle' ? found.entry?.length : undefined, 1, 'one')
    },
    'http.html#trules',
  )

  must('an empty transaction', async ({ fhir }) => {
    const received = await fhir.post('', { resourceType: 'Bundle', type: 'transaction' })
    status(received, 200)
    equal(resourceOf(received, 'Bundle').type, 'transaction-response', 'type')
  })
})
