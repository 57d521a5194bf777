/** @see https://hl7.org/fhir/R4/terminology-service.html */
import type { Parameters } from '@medplum/fhirtypes'
import { check, equal, present, refusedAnyhow, sameSet, status } from '../../support/conformance/check.ts'
import { clause } from '../../support/conformance/clause.ts'
import { type Fhir, resourceOf } from '../../support/conformance/client.ts'
import { encoded } from '../../support/conformance/population.ts'
import { animals } from './search-terminology.ts'

async function codesOf(fhir: Fhir, path: string): Promise<string[]> {
  const received = await fhir.get(path)
  status(received, 200)
  const { expansion } = resourceOf(received, 'ValueSet')
  present(expansion?.timestamp, 'expansion.timestamp')
  return expansion?.contains?.map(({ code }) => code ?? '') ?? []
}

async function parameters(fhir: Fhir, path: string): Promise<Parameters> {
  const received = await fhir.get(path)
  status(received, 200)
  return resourceOf(received, 'Parameters')
}

const parameterOf = (found: Parameters, name: string) =>
  found.parameter?.find((parameter) => parameter.name === name)

export const operationExpand = clause(
  'operation-expand',
  'valueset-operation-expand.html',
  ({ must, should }) => {
    must('of listed codes, by url', async (context) => {
      const { listed } = await animals(context)
      sameSet(
        await codesOf(context.fhir, `/ValueSet/$expand?${encoded(`url=${listed}`)}`),
        ['duck', 'fish'],
        'codes',
      )
    })

    must('of a filter', async (context) => {
      const { birds } = await animals(context)
      sameSet(
        await codesOf(context.fhir, `/ValueSet/$expand?${encoded(`url=${birds}`)}`),
        ['bird', 'duck', 'owl', 'barn-owl'],
        'codes',
      )
    })

    must('by id', async (context) => {
      const { listed } = await animals(context)
      const { entry } = resourceOf(await context.fhir.get(`/ValueSet?${encoded(`url=${listed}`)}`), 'Bundle')
      sameSet(
        await codesOf(context.fhir, `/ValueSet/${entry?.[0]?.resource?.id}/$expand`),
        ['duck', 'fish'],
        'codes',
      )
    })

    must('displays: that of the value set, else that of the code system', async (context) => {
      const { listed } = await animals(context)
      const received = await context.fhir.get(`/ValueSet/$expand?${encoded(`url=${listed}`)}`)
      const contains = resourceOf(received, 'ValueSet').expansion?.contains ?? []
      equal(
        Object.fromEntries(contains.map(({ code, display }) => [code, display])),
        { duck: 'Duck', fish: 'A fish' },
        'displays',
      )
    })

    should('filter, count and offset', async (context) => {
      const { birds } = await animals(context)
      sameSet(
        await codesOf(context.fhir, `/ValueSet/$expand?${encoded(`url=${birds}&filter=owl`)}`),
        ['owl', 'barn-owl'],
        'filter',
      )
      const pages = await Promise.all(
        [0, 2].map((offset) =>
          codesOf(context.fhir, `/ValueSet/$expand?${encoded(`url=${birds}&count=2&offset=${offset}`)}`),
        ),
      )
      sameSet(pages.flat(), ['bird', 'duck', 'owl', 'barn-owl'], 'two pages')
    })

    should('a value set of the specification', async ({ fhir }) => {
      sameSet(
        await codesOf(
          fhir,
          `/ValueSet/$expand?${encoded('url=http://hl7.org/fhir/ValueSet/administrative-gender')}`,
        ),
        ['male', 'female', 'other', 'unknown'],
        'codes',
      )
    })

    should('a value set in the body', async (context) => {
      const { system } = await animals(context)
      const received = await context.fhir.post('/ValueSet/$expand', {
        resourceType: 'Parameters',
        parameter: [
          {
            name: 'valueSet',
            resource: {
              resourceType: 'ValueSet',
              status: 'draft',
              compose: { include: [{ system }], exclude: [{ system, concept: [{ code: 'fish' }] }] },
            },
          },
        ],
      })
      status(received, 200)
      sameSet(
        resourceOf(received, 'ValueSet').expansion?.contains?.map(({ code }) => code ?? '') ?? [],
        ['bird', 'duck', 'owl', 'barn-owl'],
        'all but what is excluded',
      )
    })

    must('an unknown value set is refused', async ({ fhir }) => {
      refusedAnyhow(await fhir.get(`/ValueSet/$expand?${encoded('url=https://nowhere.example/vs')}`))
      refusedAnyhow(await fhir.get('/ValueSet/$expand'))
    })
  },
)

export const operationValidateCode = clause(
  'operation-validate-code',
  'valueset-operation-validate-code.html',
  ({ must, should }) => {
    for (const [what, query, expected] of [
      ['a code of the set', 'system=SYSTEM&code=duck', true],
      ['a code that is not', 'system=SYSTEM&code=owl', false],
      ['a code nobody knows', 'system=SYSTEM&code=nonsense', false],
      ['the right display', 'system=SYSTEM&code=duck&display=Duck', true],
      ['another system', 'system=https://nowhere.example/cs&code=duck', false],
    ] as const) {
      must(what, async (context) => {
        const { system, listed } = await animals(context)
        const found = await parameters(
          context.fhir,
          `/ValueSet/$validate-code?${encoded(`url=${listed}&${query.replace('SYSTEM', system)}`)}`,
        )
        equal(parameterOf(found, 'result')?.valueBoolean, expected, 'result')
      })
    }

    should('a wrong display is said', async (context) => {
      const { system, listed } = await animals(context)
      const found = await parameters(
        context.fhir,
        `/ValueSet/$validate-code?${encoded(`url=${listed}&system=${system}&code=duck&display=Goose`)}`,
      )
      check(
        parameterOf(found, 'result')?.valueBoolean === false || parameterOf(found, 'message') !== undefined,
        'false, or a message',
      )
    })

    should('a CodeableConcept in the body', async (context) => {
      const { system, birds } = await animals(context)
      const received = await context.fhir.post('/ValueSet/$validate-code', {
        resourceType: 'Parameters',
        parameter: [
          { name: 'url', valueUri: birds },
          {
            name: 'codeableConcept',
            valueCodeableConcept: {
              coding: [
                { system, code: 'fish' },
                { system, code: 'owl' },
              ],
            },
          },
        ],
      })
      status(received, 200)
      equal(
        parameterOf(resourceOf(received, 'Parameters'), 'result')?.valueBoolean,
        true,
        'one of its codings is enough',
      )
    })

    should(
      'CodeSystem/$validate-code',
      async (context) => {
        const { system } = await animals(context)
        for (const [code, expected] of [
          ['owl', true],
          ['nonsense', false],
        ] as const) {
          const found = await parameters(
            context.fhir,
            `/CodeSystem/$validate-code?${encoded(`url=${system}&code=${code}`)}`,
          )
          equal(parameterOf(found, 'result')?.valueBoolean, expected, code)
        }
      },
      'codesystem-operation-validate-code.html',
    )
  },
)

export const operationLookup = clause(
  'operation-lookup',
  'codesystem-operation-lookup.html',
  ({ must, should }) => {
    must('name and display of a code', async (context) => {
      const { system } = await animals(context)
      const found = await parameters(
        context.fhir,
        `/CodeSystem/$lookup?${encoded(`system=${system}&code=duck`)}`,
      )
      equal(
        [parameterOf(found, 'name')?.valueString, parameterOf(found, 'display')?.valueString],
        ['Animals', 'Duck'],
        'name, display',
      )
    })

    must('by a Coding in the body', async (context) => {
      const { system } = await animals(context)
      const received = await context.fhir.post('/CodeSystem/$lookup', {
        resourceType: 'Parameters',
        parameter: [{ name: 'coding', valueCoding: { system, code: 'barn-owl' } }],
      })
      status(received, 200)
      equal(parameterOf(resourceOf(received, 'Parameters'), 'display')?.valueString, 'Barn owl', 'display')
    })

    should('its designations', async (context) => {
      const { system } = await animals(context)
      const found = await parameters(
        context.fhir,
        `/CodeSystem/$lookup?${encoded(`system=${system}&code=duck`)}`,
      )
      check(JSON.stringify(parameterOf(found, 'designation') ?? {}).includes('Canard'), 'Canard')
    })

    must('an unknown code or system is refused', async (context) => {
      const { system } = await animals(context)
      refusedAnyhow(
        await context.fhir.get(`/CodeSystem/$lookup?${encoded(`system=${system}&code=nonsense`)}`),
      )
      refusedAnyhow(
        await context.fhir.get(`/CodeSystem/$lookup?${encoded('system=https://nowhere.example/cs&code=a')}`),
      )
      refusedAnyhow(await context.fhir.get('/CodeSystem/$lookup'))
    })
  },
)
