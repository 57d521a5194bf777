/** Random callers change random documents; the oracle says who may, and the model follows. */
import type { AccessMode } from '../../src/policy/caller.ts'
import type { Persona } from '../../src/sandbox/persona.ts'
import { label } from '../support/builders.ts'
import { at } from './choices.ts'
import type { ModelDocument } from './model.ts'
import { type Changing, changeRefusal } from './oracle.ts'
import type { Random } from './random.ts'
import { MOTIVE, refusedAs } from './requests.ts'
import type { World } from './world.ts'

type Patch = {
  readonly right: Changing
  readonly operations: readonly object[]
  readonly apply: () => void
}

const ARCHIVED = 'https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-ext-is-archived'

export async function randomPatch(world: World, random: Random, index: number): Promise<string | undefined> {
  const { known } = at(world, index)
  const document = random.of(world.model.documents.filter(({ record }) => record === index))
  const who = random.of(likely(world, document, random))
  const persona = world.cast.get(who)
  const patch = random.of(patchesOf(document))
  if (!persona) throw new Error(`Nobody is ${who}`)
  const mode: AccessMode = random.chance(0.8) ? 'normal' : random.of(['bris_de_glace', 'centre_15'])
  const motive = mode === 'normal' ? '' : MOTIVE
  const expected = changeRefusal(
    { who: persona, mode, motive, now: world.app.now() },
    known,
    document,
    patch.right,
  )
  const answer = await world.app.as(persona).request('PATCH', `/DocumentReference/${document.id}`, {
    body: patch.operations,
    headers: {
      'content-type': 'application/json-patch+json',
      ...(mode === 'normal' ? {} : { 'dmp-mode-acces': mode, 'dmp-motif': encodeURIComponent(motive) }),
    },
  })
  const wrong = expected
    ? refusedAs(expected, answer)
    : answer.status === 200
      ? undefined
      : `${answer.status}: ${answer.text.slice(0, 300)}`
  if (!expected && wrong === undefined) patch.apply()
  return wrong && `${patch.right} by ${who} (${mode}) of ${document.id}: ${wrong}`
}

/**
 * Anybody; but most who ask have something to do with the document, or with the record alone: those see what is not
 * theirs to change.
 */
function likely(world: World, document: ModelDocument, random: Random): readonly string[] {
  const { known } = at(world, document.record)
  const wrote = (who: Persona): boolean =>
    document.authors.includes(`ps:${who.nationalId}`) || document.authors.includes(`st:${who.structureId}`)
  const chosen = ({ nationalId = '', structureId = '' }: Persona): boolean =>
    known.authorised.has(nationalId) ||
    known.authorised.has(structureId) ||
    known.medecinTraitant === nationalId
  const near = random.of<(who: Persona) => boolean>([
    () => true,
    (who) => wrote(who) || who.actor === 'PATIENT',
    (who) => chosen(who) && !wrote(who),
  ])
  const names = [...world.cast].filter(([, who]) => near(who)).map(([name]) => name)
  return names.length > 0 ? names : [...world.cast.keys()]
}

/** What can be changed of it now: masking what is pending would contradict itself (V2). */
function patchesOf(document: ModelDocument): Patch[] {
  const patches: Patch[] = []
  if (document.masked) patches.push(labelled(document, 'F14', { masked: false }))
  else if (!document.pending) patches.push(labelled(document, 'F13', { masked: true }))
  if (document.pending) patches.push(labelled(document, 'F15', { pending: false }))
  if (document.secret) patches.push(labelled(document, 'F15', { secret: false }))
  patches.push(archived(document))
  if (document.status === 'current') {
    patches.push({
      right: 'F17',
      operations: [{ op: 'replace', path: '/status', value: 'entered-in-error' }],
      apply: () => {
        document.status = 'entered-in-error'
      },
    })
  }
  return patches
}

function labelled(
  document: ModelDocument,
  right: Changing,
  change: Partial<Pick<ModelDocument, 'masked' | 'pending' | 'secret'>>,
): Patch {
  const after = { ...document, ...change }
  const codes = [
    'N',
    ...(after.masked ? ['MASQUE_PS'] : []),
    ...(after.pending ? ['INVISIBLE_PATIENT'] : []),
    ...(after.secret ? ['INVISIBLE_REPRESENTANTS_LEGAUX'] : []),
  ]
  return {
    right,
    operations: [{ op: 'replace', path: '/securityLabel', value: codes.map(label) }],
    apply: () => Object.assign(document, change),
  }
}

function archived(document: ModelDocument): Patch {
  const value = !document.archived
  return {
    right: 'F16',
    operations: [
      document.hasArchiveExtension
        ? { op: 'replace', path: '/extension/0/valueBoolean', value }
        : { op: 'add', path: '/extension', value: [{ url: ARCHIVED, valueBoolean: value }] },
    ],
    apply: () => {
      document.archived = value
      document.hasArchiveExtension = true
    },
  }
}
