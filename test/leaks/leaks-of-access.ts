/** Faults in the rules of access: a right taken for another, an end that is none. */
import type { PlantedLeak } from './planted-leak.ts'

const rules = 'src/policy/rules'

export const leaksOfAccess: readonly PlantedLeak[] = [
  {
    name: 'the habilitation matrix is not asked',
    file: `${rules}/h1-habilitation.ts`,
    of: 'return question.matrices.habilitation.readableTypes(caller.profession)',
    instead: `return 'every'`,
  },
  {
    name: 'a blocked professional consults',
    file: 'src/policy/rules-in-order.ts',
    of: `{ id: () => 'A3', judge: blocked },`,
    instead: '',
  },
  {
    name: 'an authorisation never ends',
    file: `${rules}/a1-authorisation.ts`,
    of: `if (authorisation.until > now) return 'valid'`,
    instead: `return 'valid'`,
  },
  {
    name: 'a structure’s document is every colleague’s own',
    file: 'src/policy/actor-class.ts',
    of: 'return persons.length > 0 ? persons : self',
    instead: 'return self',
  },
  {
    name: 'another patient reads the record',
    file: `${rules}/p1-holder.ts`,
    of: `return holder ? 'passes' : refuse('P1', 'not-found', 'inconnu')`,
    instead: `return 'passes'`,
  },
  {
    name: 'bris de glace needs no motive',
    file: `${rules}/a8-emergency.ts`,
    of: 'return motiveOfLength.test(motive.trim())',
    instead: 'return motive.length <= motiveLength.most',
  },
  {
    name: 'centre 15 is open to any token',
    file: `${rules}/a8-emergency.ts`,
    of: `if (!caller.regulation) return refuse('A9', 'forbidden', 'regulation-absente')`,
    instead: '',
  },
  {
    name: 'an emergency opens masked documents',
    file: `${rules}/v-labels.ts`,
    of: `return question.facts.emergency.masked ? 'all' : 'own'`,
    instead: `return 'all'`,
  },
  {
    name: 'a representation never ends',
    file: `${rules}/p1-holder.ts`,
    of: 'representation?.kind === caller.actor && representation.until > now',
    instead: 'representation?.kind === caller.actor',
  },
  {
    name: 'the patient’s opposition to centre 15 is not asked',
    file: `${rules}/a8-emergency.ts`,
    of: 'actions[action].consults && !facts.emergency.centre15',
    instead: 'false',
  },
  {
    name: 'a care team stays after its end',
    file: `${rules}/a1-authorisation.ts`,
    of: '(until !== null && until <= now) || !self',
    instead: '!self',
  },
  {
    name: 'anybody who sees a document may change it',
    file: 'src/policy/document-change.ts',
    of: `    case 'own':
      return own`,
    instead: `    case 'own':
      return true`,
  },
]
