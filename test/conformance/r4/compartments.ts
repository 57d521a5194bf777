/** @see https://hl7.org/fhir/R4/compartmentdefinition.html, http.html#vsearch */
import { check, equal, refused, sameSet, status } from '../../support/conformance/check.ts'
import { type Context, clause, shared } from '../../support/conformance/clause.ts'
import { resourceOf } from '../../support/conformance/client.ts'
import { encoded, labelsOf, populate, searchAll, tagQuery } from '../../support/conformance/population.ts'
import { concept, observation, patient } from '../../support/conformance/samples.ts'

const world = shared((context) =>
  populate(
    context,
    () => ({
      eve: patient(),
      adam: patient(),
      doctor: { resourceType: 'Practitioner' },
      pump: { resourceType: 'Device' },
    }),
    (id) => ({
      visit: {
        resourceType: 'Encounter',
        status: 'finished',
        class: { code: 'AMB' },
        subject: { reference: `Patient/${id('eve')}` },
        participant: [{ individual: { reference: `Practitioner/${id('doctor')}` } }],
      },
      eves: observation({ subject: { reference: `Patient/${id('eve')}` }, code: concept('k') }),
      performed: observation({
        subject: { reference: `Patient/${id('adam')}` },
        performer: [{ reference: `Patient/${id('eve')}` }],
        code: concept('k'),
      }),
      adams: observation({ subject: { reference: `Patient/${id('adam')}` }, code: concept('k') }),
      absolute: observation({
        subject: { reference: `${context.fhir.base}/Patient/${id('eve')}` },
        code: concept('m'),
      }),
      house: { resourceType: 'Organization', name: 'none of the compartment' },
    }),
    (id) => ({
      inVisit: observation({
        encounter: { reference: `Encounter/${id('visit')}` },
        performer: [{ reference: `Practitioner/${id('doctor')}` }],
        device: { reference: `Device/${id('pump')}` },
      }),
    }),
  ),
)

async function search({ fhir, ...rest }: Context, path: string, query = ''): Promise<string[]> {
  const all = await world({ fhir, ...rest })
  const filled = path.replaceAll(/\{(\w+)\}/g, (_brace, label: string) => all.id(label))
  const whole = [query, tagQuery(all)].filter((part) => part !== '').join('&')
  return labelsOf(all, await searchAll(fhir, await fhir.get(`${filled}?${encoded(whole)}`)))
}

export const compartments = clause('compartments', 'http.html#vsearch', ({ must }) => {
  for (const [path, query, expected] of [
    ['/Patient/{eve}/Observation', '', ['eves', 'performed', 'absolute']],
    ['/Patient/{adam}/Observation', '', ['performed', 'adams']],
    ['/Patient/{eve}/Observation', 'code=m', ['absolute']],
    ['/Patient/{eve}/Encounter', '', ['visit']],
    ['/Practitioner/{doctor}/Observation', '', ['inVisit']],
    ['/Practitioner/{doctor}/Encounter', '', ['visit']],
    ['/Encounter/{visit}/Observation', '', ['inVisit']],
    ['/Device/{pump}/Observation', '', ['inVisit']],
  ] as const) {
    must(`${path}${query && `?${query}`} finds ${expected.join(', ') || 'nothing'}`, async (context) => {
      sameSet(await search(context, path, query), expected, path)
    })
  }

  must('/Patient/[id]/* is the whole compartment', async (context) => {
    const labels = await search(context, '/Patient/{eve}/*')
    for (const label of ['visit', 'eves', 'performed', 'absolute'])
      check(labels.includes(label), `${label} is in it`)
    for (const label of ['adams', 'adam', 'house', 'inVisit'])
      check(!labels.includes(label), `${label} is not`)
    equal(labels.length, new Set(labels).size, 'each once')
  })

  must('_count, _sort and paging in a compartment', async (context) => {
    sameSet(
      await search(context, '/Patient/{eve}/Observation', '_count=1&_sort=_id'),
      ['eves', 'performed', 'absolute'],
      'all pages',
    )
  })

  must('the compartment of what does not exist is empty or 404', async ({ fhir, unique }) => {
    const received = await fhir.get(`/Patient/${unique()}/Observation`)
    status(received, 200, 404)
    if (received.status === 200) equal(resourceOf(received, 'Bundle').entry ?? [], [], 'empty')
  })

  must('a type that is never in the compartment: empty, or refused', async (context) => {
    const all = await world(context)
    const received = await context.fhir.get(`/Patient/${all.id('eve')}/Organization`)
    status(received, 200, 400, 404)
    if (received.status === 200) equal(resourceOf(received, 'Bundle').entry ?? [], [], 'empty')
  })

  must('a type that is no compartment is refused', async (context) => {
    const all = await world(context)
    refused(await context.fhir.get(`/Organization/${all.id('house')}/Observation`), 400, 404)
    refused(await context.fhir.get(`/Patient/${all.id('eve')}/Nonsense`), 400, 404)
  })
})
