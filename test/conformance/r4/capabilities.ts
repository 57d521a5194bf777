/** @see https://hl7.org/fhir/R4/http.html#capabilities */
import { check, equal, headerOf, present, refused, status } from '../../support/conformance/check.ts'
import { clause } from '../../support/conformance/clause.ts'
import { type Fhir, resourceOf } from '../../support/conformance/client.ts'

/** Parameters asked for in one search: few enough for any limit on conditions. */
const TOGETHER = 6

async function capability(fhir: Fhir) {
  const received = await fhir.get('/metadata')
  status(received, 200)
  return resourceOf(received, 'CapabilityStatement')
}

export const capabilities = clause('capabilities', 'http.html#capabilities', ({ must, own }) => {
  must('a CapabilityStatement with what is mandatory', async ({ fhir }) => {
    const statement = await capability(fhir)
    equal([statement.fhirVersion, statement.kind], ['4.0.1', 'instance'], 'fhirVersion and kind')
    for (const name of ['status', 'date', 'format'] as const) present(statement[name], name)
    check(statement.format?.some((format) => /json/.test(format)) ?? false, 'format names JSON')
    check(statement.rest?.some(({ mode }) => mode === 'server') ?? false, 'rest.mode server')
    check(
      statement.software !== undefined || statement.implementation !== undefined,
      'cpb-2: software or implementation',
    )
  })

  must('mode full, normative and terminology', async ({ fhir }) => {
    for (const mode of ['full', 'normative']) {
      const received = await fhir.get(`/metadata?mode=${mode}`)
      status(received, 200)
      resourceOf(received, 'CapabilityStatement')
    }
  })

  must('mode=terminology gives TerminologyCapabilities, or is not looked at', async ({ fhir }) => {
    const received = await fhir.get('/metadata?mode=terminology')
    status(received, 200)
    check(
      /"resourceType"\s*:\s*"(?:TerminologyCapabilities|CapabilityStatement)"/.test(received.text),
      'one or the other',
    )
  })

  must('in XML as well', async ({ fhir }) => {
    const received = await fhir.get('/metadata', { accept: 'application/fhir+xml' })
    status(received, 200)
    check(headerOf(received, 'content-type').startsWith('application/fhir+xml'), 'application/fhir+xml')
    check(
      /<CapabilityStatement\b[^>]*xmlns="http:\/\/hl7\.org\/fhir"/.test(received.text),
      'a CapabilityStatement',
    )
  })

  must('every type is claimed once, with its interactions', async ({ fhir }) => {
    const resources = (await capability(fhir)).rest?.[0]?.resource ?? []
    const types = resources.map(({ type }) => type)
    equal(types.length, new Set(types).size, 'each type once (cpb-12)')
    for (const { type, interaction, searchParam } of resources) {
      const codes = (interaction ?? []).map(({ code }) => code)
      equal(codes.length, new Set(codes).size, `${type}: each interaction once`)
      const names = (searchParam ?? []).map(({ name }) => name)
      equal(names.length, new Set(names).size, `${type}: each search parameter once (cpb-9)`)
    }
  })

  own('all 146 types, each with every interaction', async ({ fhir }) => {
    const resources = (await capability(fhir)).rest?.[0]?.resource ?? []
    // 148 types less the abstract Resource and DomainResource.
    equal(resources.length, 146, 'concrete types of R4')
    const expected = [
      'create',
      'delete',
      'history-instance',
      'history-type',
      'patch',
      'read',
      'search-type',
      'update',
      'vread',
    ]
    // Parameters have no endpoint of their own: https://hl7.org/fhir/R4/parameters.html
    for (const { type, interaction } of resources.filter((resource) => resource.type !== 'Parameters'))
      equal((interaction ?? []).map(({ code }) => code).sort(), expected, `interactions of ${type}`)
  })

  own('system interactions', async ({ fhir }) => {
    const codes = ((await capability(fhir)).rest?.[0]?.interaction ?? []).map(({ code }) => code)
    equal(codes.sort(), ['batch', 'history-system', 'search-system', 'transaction'], 'rest.interaction')
  })

  must('every claimed type can be searched when search-type is claimed', async ({ fhir }) => {
    for (const { type, interaction } of (await capability(fhir)).rest?.[0]?.resource ?? []) {
      if (!interaction?.some(({ code }) => code === 'search-type')) continue
      const received = await fhir.get(`/${type}?_count=1`)
      equal(received.status, 200, `search of ${type}`)
    }
  })

  must('every claimed search parameter is accepted', async ({ fhir }) => {
    const values: Readonly<Record<string, string>> = {
      token: 'a',
      string: 'a',
      date: '2020',
      reference: 'a',
      quantity: '1',
      number: '1',
      uri: 'http://a',
    }
    const faults: string[] = []
    const tries = ((await capability(fhir)).rest?.[0]?.resource ?? []).flatMap(({ type, searchParam }) => {
      const pairs = (searchParam ?? []).flatMap(({ name, type: kind }) => {
        const value = values[kind ?? '']
        return value === undefined ? [] : [`${name}=${value}`]
      })
      // Several at a time; one by one only to find the one that is not accepted.
      return Array.from({ length: Math.ceil(pairs.length / TOGETHER) }, (_nothing, index) => ({
        type,
        pairs: pairs.slice(index * TOGETHER, (index + 1) * TOGETHER),
      }))
    })
    check(tries.length > 0, 'there are search parameters')
    const accepts = async (type: string, pairs: readonly string[]): Promise<boolean> =>
      (await fhir.get(`/${type}?${pairs.join('&')}&_count=1`)).status === 200
    const work = async (): Promise<void> => {
      for (let next = tries.shift(); next !== undefined; next = tries.shift()) {
        const { type, pairs } = next
        if (await accepts(type, pairs)) continue
        const alone = await Promise.all(pairs.map((pair) => accepts(type, [pair])))
        faults.push(...pairs.filter((_pair, index) => !alone[index]).map((pair) => `${type}?${pair}`))
        if (alone.every(Boolean)) faults.push(`${type}?${pairs.join('&')}`)
      }
    }
    await Promise.all(Array.from({ length: 4 }, work))
    equal(faults, [], 'claimed, and not answered with 200')
  })

  must(
    'the statement is answered whatever type a client refuses',
    async ({ fhir }) => {
      refused(await fhir.get('/metadata', { accept: 'image/png' }), 406)
    },
    'http.html#mime-type',
  )
})
