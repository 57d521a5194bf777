/**
 * A7, A8, A9: emergency access. It replaces the authorisation (A1), not the blocking (A3) nor the matrices. The patient
 * may have objected to either mode; bris de glace needs a motive and a professional in person, whatever a matrix says;
 * centre 15 a token of the medical regulation. The motive is asked of every request in that mode; the patient's
 * opposition bears on what consults.
 * @see CSP L.1111-17, L.6311-2, R.1111-48
 */
import { actorClass } from '../actor-class.ts'
import type { Verdict } from '../decision.ts'
import { isAuthenticationPossible } from '../possible-authentication.ts'
import { actions, type Question } from '../question.ts'
import { refuse } from '../refuse.ts'

/** Characters of a motive. How long it must be is ours: no source says. */
export const motiveLength = { least: 10, most: 500 } as const

export function emergency(question: Question): Verdict {
  switch (question.mode) {
    case 'normal':
      return 'not applicable'
    case 'bris_de_glace':
      return brisDeGlace(question)
    case 'centre_15':
      return centre15(question)
  }
}

function brisDeGlace({ action, caller, facts, mode, motive }: Question): Verdict {
  if (caller.actor !== 'PS' || !caller.practitionerId || !isAuthenticationPossible(caller)) {
    const actor = actorClass(caller, facts)
    return refuse('A8', 'forbidden', 'droit-fonctionnel', { right: 'A8', name: 'bris de glace', actor, mode })
  }
  if (actions[action].consults && !facts.emergency.brisDeGlace)
    return refuse('A7', 'forbidden', 'opposition-bris-de-glace')
  return isMotive(motive) ? 'passes' : refuse('A8', 'required', 'motif-absent')
}

function centre15({ action, caller, facts }: Question): Verdict {
  if (!caller.regulation) return refuse('A9', 'forbidden', 'regulation-absente')
  return actions[action].consults && !facts.emergency.centre15
    ? refuse('A7', 'forbidden', 'opposition-centre-15')
    : 'passes'
}

const motiveOfLength = new RegExp(`^.{${motiveLength.least},${motiveLength.most}}$`, 'su')

export function isMotive(motive = ''): boolean {
  return motiveOfLength.test(motive.trim())
}
