/** @see https://hl7.org/fhir/R4/resource-operation-meta.html */
import type { Parameters } from '@medplum/fhirtypes'
import { equal, present, refused, sameSet, status, succeeded } from '../../support/conformance/check.ts'
import { clause } from '../../support/conformance/clause.ts'
import { resourceOf } from '../../support/conformance/client.ts'
import { CODES, patient } from '../../support/conformance/samples.ts'

const metaOf = (parameters: Parameters) =>
  parameters.parameter?.find(({ name }) => name === 'return')?.valueMeta

const metaBody = (code: string): Parameters => ({
  resourceType: 'Parameters',
  parameter: [{ name: 'meta', valueMeta: { tag: [{ system: CODES, code }] } }],
})

export const operationMeta = clause('operation-meta', 'resource-operation-meta.html', ({ must, should }) => {
  must('$meta of a resource', async ({ fhir }) => {
    const { id } = await fhir.create(patient({ meta: { tag: [{ system: CODES, code: 'm' }] } }))
    const received = await fhir.get(`/Patient/${id}/$meta`)
    status(received, 200)
    equal(metaOf(resourceOf(received, 'Parameters'))?.tag?.[0]?.code, 'm', 'the tag')
  })

  should(
    '$meta-add adds without a new content',
    async ({ fhir }) => {
      const { id } = await fhir.create(patient({ meta: { tag: [{ system: CODES, code: 'm' }] } }))
      const received = await fhir.post(`/Patient/${id}/$meta-add`, metaBody('added'))
      status(received, 200)
      sameSet(
        metaOf(resourceOf(received, 'Parameters'))?.tag?.map(({ code }) => code ?? '') ?? [],
        ['m', 'added'],
        'tags of the answer',
      )
      const found = resourceOf(await fhir.get(`/Patient/${id}`), 'Patient')
      sameSet(found.meta?.tag?.map(({ code }) => code ?? '') ?? [], ['m', 'added'], 'tags stored')
      equal(
        resourceOf(
          await fhir.get(`/Patient?_id=${id}&_tag=${encodeURIComponent(`${CODES}|added`)}`),
          'Bundle',
        ).entry?.length,
        1,
        'found by the new tag',
      )
    },
    'resource-operation-meta-add.html',
  )

  should(
    'adding what is there already adds nothing',
    async ({ fhir }) => {
      const { id } = await fhir.create(patient({ meta: { tag: [{ system: CODES, code: 'm' }] } }))
      succeeded(await fhir.post(`/Patient/${id}/$meta-add`, metaBody('m')))
      equal(resourceOf(await fhir.get(`/Patient/${id}`), 'Patient').meta?.tag?.length, 1, 'one tag')
    },
    'resource-operation-meta-add.html',
  )

  should(
    '$meta-delete removes',
    async ({ fhir }) => {
      const { id } = await fhir.create(
        patient({
          meta: {
            tag: [
              { system: CODES, code: 'm' },
              { system: CODES, code: 'n' },
            ],
          },
        }),
      )
      succeeded(await fhir.post(`/Patient/${id}/$meta-delete`, metaBody('m')))
      equal(
        resourceOf(await fhir.get(`/Patient/${id}`), 'Patient').meta?.tag?.map(({ code }) => code),
        ['n'],
        'the other tag',
      )
    },
    'resource-operation-meta-delete.html',
  )

  should('$meta of a type and of the system', async ({ fhir }) => {
    for (const path of ['/Patient/$meta', '/$meta']) {
      const received = await fhir.get(path)
      status(received, 200)
      present(metaOf(resourceOf(received, 'Parameters')), 'return')
    }
  })

  should('$meta of a type tells the tags in use there, once, and no others', async ({ fhir, unique }) => {
    const [here, elsewhere, gone] = [unique(), unique(), unique()]
    const tagged = (code: string) => ({
      meta: { tag: [{ system: CODES, code }], profile: [`${CODES}/${code}`] },
    })
    await fhir.create(patient(tagged(here)))
    await fhir.create(patient(tagged(here)))
    await fhir.create({ resourceType: 'Basic', code: { text: 'x' }, ...tagged(elsewhere) })
    const { id } = await fhir.create(patient(tagged(gone)))
    succeeded(await fhir.delete(`/Patient/${id}`))
    const used = async (path: string) => {
      const meta = present(metaOf(resourceOf(await fhir.get(path), 'Parameters')), 'return')
      const codes = [here, elsewhere, gone]
      return [
        (meta.tag ?? []).flatMap(({ code }) => (codes.includes(code ?? '') ? [code] : [])),
        (meta.profile ?? []).filter((url) => codes.some((code) => url.endsWith(code))).length,
      ]
    }
    equal(await used('/Patient/$meta'), [[here], 1], 'of patients')
    equal(await used('/Basic/$meta'), [[elsewhere], 1], 'of another type')
    equal(await used('/$meta'), [[here, elsewhere].sort(), 2], 'of all')
  })

  must('of an unknown resource: 404', async ({ fhir, unique }) => {
    refused(await fhir.get(`/Patient/${unique()}/$meta`), 404)
  })
})
