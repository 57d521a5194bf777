/** `:in`, `:not-in`, `:below`, `:above` on what is stored. @see https://hl7.org/fhir/R4/search.html#token */
import type { CodeSystem, ValueSet } from '@medplum/fhirtypes'
import { sameSet } from '../../support/conformance/check.ts'
import { type Context, clause, shared } from '../../support/conformance/clause.ts'
import { found, populate } from '../../support/conformance/population.ts'
import { observation } from '../../support/conformance/samples.ts'

/** A code system of animals, a value set of birds by a filter, one that lists codes. */
export type Animals = { readonly system: string; readonly birds: string; readonly listed: string }

export const animals = shared(async ({ fhir, unique }: Context): Promise<Animals> => {
  const stem = `https://conformance.example/${unique('animals')}`
  const [system, birds, listed] = [`${stem}/cs`, `${stem}/vs-birds`, `${stem}/vs-listed`]
  const codeSystem: CodeSystem = {
    resourceType: 'CodeSystem',
    url: system,
    version: '1',
    name: 'Animals',
    status: 'active',
    content: 'complete',
    hierarchyMeaning: 'is-a',
    caseSensitive: true,
    concept: [
      {
        code: 'bird',
        display: 'Bird',
        concept: [
          { code: 'duck', display: 'Duck', designation: [{ language: 'fr', value: 'Canard' }] },
          { code: 'owl', display: 'Owl', concept: [{ code: 'barn-owl', display: 'Barn owl' }] },
        ],
      },
      { code: 'fish', display: 'Fish' },
    ],
  }
  const filtered: ValueSet = {
    resourceType: 'ValueSet',
    url: birds,
    name: 'Birds',
    status: 'active',
    compose: { include: [{ system, filter: [{ property: 'concept', op: 'is-a', value: 'bird' }] }] },
  }
  const list: ValueSet = {
    resourceType: 'ValueSet',
    url: listed,
    name: 'Listed',
    status: 'active',
    compose: { include: [{ system, concept: [{ code: 'duck' }, { code: 'fish', display: 'A fish' }] }] },
  }
  await fhir.create(codeSystem)
  await fhir.create(filtered)
  await fhir.create(list)
  return { system, birds, listed }
})

const seen = shared(async (context: Context) => {
  const { system } = await animals(context)
  const of = (code: string) => observation({ code: { coding: [{ system, code }] } })
  return populate(context, () => ({
    bird: of('bird'),
    duck: of('duck'),
    owl: of('owl'),
    barn: of('barn-owl'),
    fish: of('fish'),
    other: observation({ code: { coding: [{ system: 'https://conformance.example/other', code: 'duck' }] } }),
    text: observation({ code: { text: 'duck' } }),
  }))
})

export const searchTerminology = clause('search-terminology', 'search.html#token', ({ should }) => {
  for (const [title, query, expected] of [
    [':in a set that lists codes', 'code:in=LISTED', ['duck', 'fish']],
    [':in a set by a filter', 'code:in=BIRDS', ['bird', 'duck', 'owl', 'barn']],
    [':not-in', 'code:not-in=BIRDS', ['fish', 'other', 'text']],
    [':below', 'code:below=SYSTEM|bird', ['bird', 'duck', 'owl', 'barn']],
    [':below a leaf', 'code:below=SYSTEM|duck', ['duck']],
    [':above', 'code:above=SYSTEM|barn-owl', ['bird', 'owl', 'barn']],
  ] as const) {
    should(`${title}: ${query}`, async (context) => {
      const { system, birds, listed } = await animals(context)
      const filled = query.replace('LISTED', listed).replace('BIRDS', birds).replace('SYSTEM', system)
      sameSet(await found(context.fhir, await seen(context), 'Observation', filled), expected, query)
    })
  }
})
