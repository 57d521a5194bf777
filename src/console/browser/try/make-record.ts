/**
 * A trial record, made by the requests that a real one is made by: the administration opens it, the hospital and the GP
 * deposit, the patient chooses. Every one is a step of the journal.
 */
import { filled } from '../../words.ts'
import type { RoleKey } from '../sandbox/cast.ts'
import { roleOf } from '../sandbox/cast.ts'
import { consentOf } from '../sandbox/choices.ts'
import type { Answer, Call } from '../sandbox/exchange.ts'
import type { KnownRecord } from '../sandbox/known-record.ts'
import { madeUpPdf } from '../sandbox/made-up-pdf.ts'
import { drawIdentity, randomBelow } from '../sandbox/matricule.ts'
import { textAt } from '../sandbox/read-json.ts'
import {
  reportDocument,
  trialLetter,
  trialName,
  trialPatient,
  trialReports,
} from '../sandbox/trial-documents.ts'
import type { Workbench } from '../sandbox/workbench.ts'
import type { TryTexts } from './desk.ts'

/** @param template of the letter @returns undefined when a step was refused: the journal has it */
export async function makeRecord(
  { perform }: Workbench,
  template: string,
  words: TryTexts,
): Promise<KnownRecord | undefined> {
  const identity = drawIdentity(randomBelow)
  const { ins } = identity
  const now = new Date()
  let patientId: string | undefined
  const ask = (role: RoleKey, title: string, call: Call): Promise<Answer | undefined> =>
    perform({ role, title, call, ins, ...(patientId === undefined ? {} : { patientId }) })

  const opened = await ask('administration', words.stepOpen, {
    method: 'POST',
    path: '/Patient/$ouvrir',
    body: trialPatient(identity),
  })
  if (opened?.status !== 201) return undefined
  const id = textAt(opened.json, 'id')
  patientId = id

  const letter = trialLetter(template, identity, now, newOid)
  const steps: (readonly [RoleKey, string, Call])[] = [
    ['hospital', words.stepLetter, letterCall(letter)],
    ...trialReports.map((report): readonly [RoleKey, string, Call] => {
      const data = btoa(madeUpPdf(report.lines))
      const body = reportDocument(report, identity, data, now, newOid)
      return [
        'gp',
        filled(words.stepReport, { title: report.title }),
        { method: 'POST', path: '/DocumentReference', body },
      ]
    }),
    ['patient', words.stepGp, choiceCall(id, 'medecin-traitant', 'gp')],
    ['patient', words.stepNurse, choiceCall(id, 'autorisation', 'nurse')],
  ]
  for (const [role, title, call] of steps) {
    const answer = await ask(role, title, call)
    if (!answer || answer.status >= 300) return undefined
  }
  return { id, ins, name: trialName }
}

/** ITI-106: the CDA alone, whose header says all that there is to say. */
function letterCall(letter: string): Call {
  const bytes = new TextEncoder().encode(letter)
  const data = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
  const resource = { resourceType: 'Binary', contentType: 'text/xml', data }
  const body = { resourceType: 'Parameters', parameter: [{ name: 'document', resource }] }
  return { method: 'POST', path: '/DocumentReference/$generate-metadata', body }
}

function choiceCall(id: string, category: 'medecin-traitant' | 'autorisation', role: 'gp' | 'nurse'): Call {
  const professional = roleOf(role).persona({ system: '', value: '' }).nationalId ?? ''
  const body = consentOf(id, { category, provision: 'permit', names: { professional } })
  return { method: 'POST', path: '/Consent', body }
}

/** `2.25.` and 128 random bits as a number (ITU-T X.667). */
function newOid(): string {
  const words = [...crypto.getRandomValues(new Uint32Array(4))]
  return `2.25.${words.reduce((all, word) => (all << 32n) | BigInt(word), 0n)}`
}
