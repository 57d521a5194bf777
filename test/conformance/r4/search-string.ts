/** @see https://hl7.org/fhir/R4/search.html#string */
import { equal, status } from '../../support/conformance/check.ts'
import { clause, shared } from '../../support/conformance/clause.ts'
import { eachRow, labelsOf, populate, searchAll, searchPage } from '../../support/conformance/population.ts'
import { patient } from '../../support/conformance/samples.ts'

const people = shared((context) =>
  populate(context, () => ({
    eve: patient({ name: [{ family: 'Noël', given: ['Éve', 'Anne-Marie'], prefix: ['Dr'] }] }),
    noel: patient({ name: [{ family: 'Noe\u0308l', given: ['Carréno'] }] }),
    other: patient({
      name: [
        { family: 'Carreno', given: ['Jean'] },
        { family: 'Weiß', text: 'Jean Weiß' },
      ],
    }),
    comma: patient({ name: [{ family: 'a,b', text: 'x\\y' }] }),
    wild: patient({ name: [{ family: 'wild%_sure' }] }),
    middle: patient({ name: [{ family: 'Le Noel' }] }),
    text: patient({ name: [{ text: 'Only Text' }] }),
    city: patient({
      name: [{ family: 'Zzz' }],
      address: [
        {
          line: ['12 rue de la Paix', 'Bât B'],
          city: 'Évry',
          postalCode: '91000',
          country: 'FR',
          state: 'IDF',
        },
      ],
    }),
    cities: patient({
      name: [{ family: 'Yyy' }],
      address: [{ city: 'Paris' }, { city: 'Lyon', text: 'Lyon 3e' }],
    }),
    greek: patient({ name: [{ family: 'Ωμέγα' }] }),
    quote: patient({ name: [{ family: "O'Brien" }] }),
  })),
)

export const searchString = clause('search-string', 'search.html#string', ({ must, own }) => {
  eachRow(must, people, 'Patient', [
    ['family=Noël', ['eve', 'noel']],
    ['family=noel', ['eve', 'noel'], 'case and accents do not count'],
    ['family=NOËL', ['eve', 'noel']],
    ['family=No', ['eve', 'noel'], 'the beginning is enough'],
    ['family=oel', [], 'the middle is not'],
    ['given=eve', ['eve']],
    ['given=anne-marie', ['eve'], 'any of the values'],
    ['given=carreno', ['noel']],
    ['given=jean', ['other']],
    ['name=dr', ['eve'], 'every part of a name'],
    ['name=carreno', ['noel', 'other'], 'given or family'],
    ['name=only t', ['text'], 'the text of a name'],
    ['family=noel,carreno', ['eve', 'noel', 'other'], 'OR'],
    ['family=noel&given=eve', ['eve'], 'AND'],
    ['given=eve&given=anne', ['eve'], 'AND over repetitions'],
    ['family=a\\,b', ['comma'], 'an escaped comma'],
    ['family=wild%_s', ['wild'], 'signs of LIKE are taken literally'],
    ['family=w%d', []],
    ['family=_ild', []],
    ['family=wil%64', [], 'decoded once'],
    ["family=O'B", ['quote']],
    ['family=ωμεγα', ['greek']],
    ['address=evry', ['city']],
    ['address=12 rue', ['city'], 'every part of an address'],
    ['address=bat', ['city']],
    ['address=91', ['city']],
    ['address=lyon', ['cities']],
    ['address-city=paris', ['cities']],
    ['address-city=evry', ['city']],
    ['address-country=fr', ['city']],
    ['address-postalcode=91', ['city']],
    ['address-city=lyon&address-city=paris', ['cities']],
  ])
  eachRow(
    must,
    people,
    'Patient',
    [
      ['family:exact=Noël', ['eve'], 'every character, also how it is composed'],
      ['family:exact=noël', [], 'the case counts'],
      ['family:exact=Noel', [], 'the accents count'],
      ['family:exact=Noë', [], 'the whole value'],
      ['family:exact=a\\,b', ['comma']],
      ['family:exact=Carreno,Zzz', ['other', 'city']],
      ['name:exact=Jean', ['other']],
      ['family:contains=oel', ['eve', 'noel', 'middle']],
      ['family:contains=OËL', ['eve', 'noel', 'middle']],
      ['family:contains=w%s', []],
      ['address:contains=paix', ['city']],
      ['address-city:contains=ar', ['cities']],
      ['family:missing=true', ['text']],
    ],
    'search.html#modifiers',
  )
  eachRow(own, people, 'Patient', [['family:exact=Noe\u0308l', ['noel'], 'as it is composed']])

  for (const sign of ['%', '_', '*', '?', '.*']) {
    must(`family=${sign} is no wildcard`, async (context) => {
      const all = await people(context)
      const received = await searchPage(context.fhir, all, 'Patient', `family=${sign}`)
      status(received, 200, 400)
      if (received.status === 200)
        equal(labelsOf(all, await searchAll(context.fhir, received)), [], 'nothing begins so')
    })
  }
})
