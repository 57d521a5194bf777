/** Claims → identity: the real shape of Pro Santé Connect, each actor's demands, and no way around them. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { authenticationModes, tokenActors } from '../../src/policy/caller.ts'
import { identityFromClaims } from '../../src/policy/identity-from-claims.ts'
import fc from '../support/draws.ts'
import { sharedData } from '../support/shared-data.ts'

const nir = 'urn:oid:1.2.250.1.213.1.4.8'
const mother = { system: nir, value: '277076322082910' }
const child = { system: nir, value: '124018852493334' }
const dmp = (acteur: string, authentification: string, more: object = {}) => ({
  acteur,
  authentification,
  ...more,
})
const doctor = {
  SubjectNameID: '899700000005',
  SubjectRole: ['10^1.2.250.1.71.1.2.7'],
  SubjectOrganizationID: '1750000001',
  dmp: dmp('PS', 'DIRECTE'),
}
const post = (codeProfession: string, codeSavoirFaire: string, finess: string) => ({
  codeProfession,
  codeSavoirFaire,
  activities: [{ numeroFinessSite: finess, identifiantTechniqueDeLaStructure: `R${finess}` }],
})
const read = (claims: Record<string, unknown>) => identityFromClaims(claims, false)
const fault = (claims: Record<string, unknown>) => {
  const result = read(claims)
  return 'fault' in result ? result.fault : 'accepted'
}

const pscSample = sharedData('psc-userinfo-sample.json')
const withoutSample = pscSample === undefined && 'the shared data are not here'
t.test('the published shape of Pro Santé Connect is read', { skip: withoutSample }, async (t) => {
  const sample = JSON.parse(readFileSync(pscSample ?? '', 'utf8'))
  t.strictSame(read({ ...sample, dmp: dmp('PS', 'DIRECTE', { connexionSecrete: false }) }), {
    identity: {
      actor: 'PS',
      authentication: 'DIRECTE',
      practitionerId: '899700000005',
      profession: '10',
      speciality: 'SM26',
      structureId: '499700000005001',
      regulation: false,
      secretConnection: false,
    },
  })
})

t.test('each actor has what it must have, and nothing that contradicts it', async (t) => {
  const structure = { SubjectOrganizationID: '1750000001' }
  const cases: [string, Record<string, unknown>][] = [
    ['accepted', doctor],
    ['accepted', { ...doctor, SubjectOrganizationID: undefined }],
    ['accepted', { ...doctor, dmp: dmp('PS', 'INDIRECTE_RENFORCEE') }],
    [
      'SubjectOrganizationID',
      { ...doctor, SubjectOrganizationID: '', dmp: dmp('PS', 'INDIRECTE_RENFORCEE') },
    ],
    ['dmp.authentification', { ...doctor, dmp: dmp('PS', 'INDIRECTE') }],
    ['dmp.authentification', { ...doctor, dmp: dmp('PS', '') }],
    ['SubjectNameID', { ...doctor, SubjectNameID: undefined }],
    ['SubjectNameID', { ...doctor, SubjectNameID: '99700000005' }],
    ['SubjectNameID', { ...doctor, SubjectNameID: ['899700000005'] }],
    ['SubjectNameID', { ...doctor, SubjectNameID: '3750000001/0042' }],
    ['SubjectRole', { ...doctor, SubjectRole: undefined }],
    ['SubjectRole', { ...doctor, SubjectRole: '10^1.2.250.1.71.1.2.7' }],
    ['SubjectRole', { ...doctor, SubjectRole: ['10'] }],
    ['SubjectRole', { ...doctor, SubjectRole: ['10^1.2.3', '60^1.2.3'] }],
    ['SubjectOrganizationID', { ...doctor, SubjectOrganizationID: 'clinique' }],
    ['SubjectOrganizationID', { ...doctor, SubjectOrganizationID: 1750000001 }],
    ['dmp.ins', { ...doctor, dmp: dmp('PS', 'DIRECTE', { ins: mother }) }],
    ['dmp.pour', { ...doctor, dmp: dmp('PS', 'DIRECTE', { pour: child }) }],
    ['accepted', { ...doctor, dmp: dmp('PS', 'DIRECTE', { connexionSecrete: true }) }],
    ['dmp.connexionSecrete', { ...doctor, dmp: dmp('PS', 'DIRECTE', { connexionSecrete: 'false' }) }],
    ['dmp', { ...doctor, dmp: dmp('PS', 'DIRECTE', { medecinTraitant: true }) }],
    ['dmp', { ...doctor, dmp: 'PS' }],
    ['Acces_Regulation_Medicale', { ...doctor, Acces_Regulation_Medicale: true }],
    ['Mode_Acces_Raison', { ...doctor, Mode_Acces_Raison: 'une ligne\nune autre' }],
    ['accepted', { ...structure, dmp: dmp('NON_PS', 'DIRECTE') }],
    ['accepted', { ...structure, SubjectNameID: '3750000001/0042', dmp: dmp('NON_PS', 'DIRECTE') }],
    ['SubjectNameID', { ...structure, SubjectNameID: 'secretaire', dmp: dmp('NON_PS', 'DIRECTE') }],
    ['SubjectOrganizationID', { dmp: dmp('NON_PS', 'DIRECTE') }],
    ['accepted', { ...structure, dmp: dmp('STRUCTURE', 'INDIRECTE') }],
    ['dmp.authentification', { ...structure, dmp: dmp('STRUCTURE', 'DIRECTE') }],
    ['SubjectOrganizationID', { dmp: dmp('STRUCTURE', 'INDIRECTE') }],
    ['accepted', { dmp: dmp('PATIENT', 'DIRECTE', { ins: mother }) }],
    ['dmp.ins', { dmp: dmp('PATIENT', 'DIRECTE') }],
    ['dmp.ins', { dmp: dmp('PATIENT', 'DIRECTE', { ins: { ...mother, use: 'official' } }) }],
    ['dmp.ins', { dmp: dmp('PATIENT', 'DIRECTE', { ins: { ...mother, system: 'urn:oid:1.2.3' } }) }],
    ['dmp.pour', { dmp: dmp('PATIENT', 'DIRECTE', { ins: mother, pour: child }) }],
    ['dmp.connexionSecrete', { dmp: dmp('PATIENT', 'DIRECTE', { ins: mother, connexionSecrete: true }) }],
    ['accepted', { dmp: dmp('REPRESENTANT_LEGAL', 'DIRECTE', { ins: mother, pour: child }) }],
    ['dmp.pour', { dmp: dmp('REPRESENTANT_LEGAL', 'DIRECTE', { ins: mother }) }],
    ['dmp.pour', { dmp: dmp('AIDANT', 'DIRECTE', { ins: mother, pour: mother }) }],
    ['accepted', { dmp: dmp('ASSURANCE_MALADIE', 'INDIRECTE') }],
    ['accepted', { dmp: dmp('AUDITEUR', 'DIRECTE') }],
    ['accepted', { dmp: dmp('ADMINISTRATION', 'INDIRECTE') }],
  ]
  for (const [expected, claims] of cases)
    t.equal(fault(claims), expected, JSON.stringify(claims).slice(0, 160))
})

t.test('of several exercises the token says which; a choice between two qualities is refused', async (t) => {
  const general = post('10', 'SM26', '750000001')
  const atWork = post('10', 'SM25', '750000019')
  const nurse = post('60', '', '750000027')
  const exercise = (more: Record<string, unknown>, ...exercices: object[]) => {
    const result = read({
      ...doctor,
      SubjectOrganizationID: undefined,
      SubjectRefPro: { exercices },
      ...more,
    })
    if ('fault' in result) return result.fault
    const { profession, speciality, structureId } = result.identity
    return [profession, speciality, structureId].join(' ')
  }
  t.equal(exercise({}, general), '10 SM26 ')
  t.equal(exercise({}, general, nurse), '10 SM26 ', 'the role chooses the profession')
  t.equal(exercise({}, general, atWork), 'SubjectRefPro', 'médecin généraliste or médecin du travail?')
  t.equal(exercise({ SubjectOrganizationID: '1750000019' }, general, atWork), '10 SM25 1750000019')
  t.equal(
    exercise({ SubjectOrganizationID: 'R750000001' }, general, atWork),
    '10 SM26 1750000001',
    'technical id',
  )
  t.equal(
    exercise({ SubjectOrganizationID: 'R999999999' }, general),
    '10 SM26 ',
    'of no activity: no structure',
  )
  const role = ['10^1.2.250.1.71.1.2.7', 'SM25^1.2.250.1.71.4.2.5']
  t.equal(exercise({ SubjectRole: role }, general, atWork), '10 SM25 ', 'the role chooses the speciality')
  t.equal(
    exercise({ SubjectRole: role }, general),
    'SubjectRefPro',
    'role and exercises contradict each other',
  )
  t.equal(exercise({ SubjectRole: undefined }, nurse), '60  ')
  t.equal(exercise({ SubjectRole: undefined }, general, nurse), 'SubjectRefPro')
  t.equal(exercise({}, nurse), 'SubjectRefPro')
  t.equal(exercise({}, { codeProfession: 10 }), 'SubjectRefPro')
  t.equal(exercise({}, ...Array(21).fill(general)), 'SubjectRefPro', 'bounded')
})

t.test('test identities only where they are admitted', async (t) => {
  const ins = { system: 'urn:oid:1.2.250.1.213.1.4.10', value: '279035121518989' }
  const claims = { dmp: dmp('PATIENT', 'DIRECTE', { ins }) }
  t.strictSame(identityFromClaims(claims, false), { fault: 'dmp.ins' })
  t.ok('identity' in identityFromClaims(claims, true))
})

t.test('whatever the claims hold, nothing is thrown and no actor lacks what it must have', async (t) => {
  const anything = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom('', '899700000005', '1750000001'))
  const ins = fc.oneof(fc.constantFrom(mother, child, undefined), anything)
  const often = <T>(good: T) => fc.oneof({ weight: 3, arbitrary: fc.constant(good) }, anything)
  const claimSets = fc.record(
    {
      SubjectNameID: often('899700000005'),
      SubjectRole: often(['10^1.2.250.1.71.1.2.7']),
      SubjectRefPro: often({ exercices: [post('10', 'SM26', '750000001')] }),
      SubjectOrganizationID: often('1750000001'),
      Acces_Regulation_Medicale: often('VRAI'),
      dmp: fc.record(
        {
          acteur: fc.constantFrom(...tokenActors, 'INCONNU'),
          authentification: fc.constantFrom(...authenticationModes),
          ins,
          pour: ins,
        },
        { requiredKeys: ['acteur', 'authentification'] },
      ),
    },
    { requiredKeys: ['dmp'] },
  )
  const seen = new Map<string, number>()
  fc.assert(
    fc.property(claimSets, (claims) => {
      const result = read(claims)
      const outcome = 'fault' in result ? result.fault : result.identity.actor
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
      if ('fault' in result) return true
      const { actor, practitionerId, profession, structureId, authentication, ins, onBehalfOf } =
        result.identity
      if (actor === 'PS') return practitionerId !== undefined && profession !== undefined && ins === undefined
      if (actor === 'STRUCTURE') return structureId !== undefined && practitionerId === undefined
      if (actor === 'PATIENT')
        return ins !== undefined && onBehalfOf === undefined && authentication === 'DIRECTE'
      if (actor === 'AIDANT' || actor === 'REPRESENTANT_LEGAL')
        return ins !== undefined && onBehalfOf !== undefined
      return ins === undefined && onBehalfOf === undefined
    }),
    { numRuns: 5_000 },
  )
  for (const outcome of [...tokenActors, 'dmp.acteur', 'dmp.ins', 'SubjectNameID']) {
    t.ok((seen.get(outcome) ?? 0) > 0, `not vacuous: ${outcome}`)
  }
})
