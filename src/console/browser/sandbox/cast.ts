/**
 * Whom the sandbox lets one be: invented people and structures, each with the claims that its token will hold. Their national
 * numbers are of the range kept for tests; who acts for a patient has a matricule derived from the patient's, so that each
 * record has relatives of its own.
 * @see docs/api.md "Tokens"
 */
import type { Text } from '../../words.ts'
import { withKey } from './matricule.ts'
import { type Ins, type Persona, professional, type RelativeKind } from './persona.ts'

export type RoleKey = keyof typeof cast

export type Role = {
  readonly group: 'professionals' | 'emergency' | 'structures' | 'patient' | 'institutions'
  readonly name: Text
  /** What is worth trying with it. */
  readonly about: Text
  /** @param ins of the record that was chosen */
  readonly persona: (ins: Ins) => Persona
  /** An emergency mode that it can ask for beside the normal one. */
  readonly emergency?: 'bris_de_glace' | 'centre_15'
}

const OFFICE = '1350000019'
export const HOSPITAL = '1350099993'

export const cast = {
  gp: {
    group: 'professionals',
    name: { fr: 'Dr Camille Rouault, médecin généraliste', en: 'Dr Camille Rouault, general practitioner' },
    about: {
      fr: 'Médecin traitant du dossier d’essai : voit aussi ce qui est masqué, lit toutes les traces (A11).',
      en: 'Médecin traitant of the trial record: sees what is masked too, and reads all traces (A11).',
    },
    persona: () => professional('899700000005', '10', OFFICE, 'SM26'),
    emergency: 'bris_de_glace',
  },
  otherGp: {
    group: 'professionals',
    name: { fr: 'Dr Anne Le Bihan, autre généraliste', en: 'Dr Anne Le Bihan, another GP' },
    about: {
      fr: 'Personne ne l’a autorisée : refus A1, jusqu’à ce qu’elle se déclare autorisée.',
      en: 'Nobody has authorised her: refused by A1 until she declares herself authorised.',
    },
    persona: () => professional('899700100011', '10', '1350000027', 'SM26'),
    emergency: 'bris_de_glace',
  },
  author: {
    group: 'professionals',
    name: { fr: 'Dr Yann Kervella, cardiologue', en: 'Dr Yann Kervella, cardiologist' },
    about: {
      fr: 'Auteur de la lettre de liaison : la voit encore quand elle est masquée (V3), peut la supprimer (F17).',
      en: 'Author of the discharge letter: still sees it once masked (V3), and may delete it (F17).',
    },
    persona: () => professional('899700100094', '10', HOSPITAL, 'SM04'),
    emergency: 'bris_de_glace',
  },
  nurse: {
    group: 'professionals',
    name: { fr: 'Mme Soizic Kerjean, infirmière', en: 'Ms Soizic Kerjean, nurse' },
    about: {
      fr: 'Autorisée dans le dossier d’essai : la matrice d’habilitation dit quels types elle lit (H1).',
      en: 'Authorised in the trial record: the habilitation matrix says which types she reads (H1).',
    },
    persona: () => professional('899700100029', '60', '1350000035'),
  },
  pharmacist: {
    group: 'professionals',
    name: { fr: 'M. Erwan Abgrall, pharmacien', en: 'Mr Erwan Abgrall, pharmacist' },
    about: {
      fr: 'Peut se déclarer autorisé avec l’accord du patient (TD0.3, F2).',
      en: 'May declare himself authorised when the patient agrees (TD0.3, F2).',
    },
    persona: () => professional('899700100037', '21', '1350000043'),
  },
  hearingAidMaker: {
    group: 'professionals',
    name: { fr: 'M. Ronan Tanguy, audioprothésiste', en: 'Mr Ronan Tanguy, hearing aid maker' },
    about: {
      fr: 'Même autorisé, ne trouve pas la lettre : elle n’existe pas pour lui (H1, V7).',
      en: 'Even authorised he does not find the letter: it does not exist for him (H1, V7).',
    },
    persona: () => professional('899700100060', '26', '1350000019'),
  },
  occupationalDoctor: {
    group: 'professionals',
    name: { fr: 'Dr Maud Guivarch, médecin du travail', en: 'Dr Maud Guivarch, occupational doctor' },
    about: {
      fr: 'Dépose, et ne lit aucun document (SM25).',
      en: 'Deposits, and reads no document (SM25).',
    },
    persona: () => professional('899700100078', '10', '1350000051', 'SM25'),
  },
  emergencyDoctor: {
    group: 'emergency',
    name: { fr: 'Dr Loïc Hamon, urgentiste', en: 'Dr Loïc Hamon, emergency doctor' },
    about: {
      fr: 'Sans autorisation : « bris de glace » avec un motif (A8), et le patient en est informé (A10).',
      en: 'Without an authorisation: breaks the glass with a motive (A8), and the patient is told (A10).',
    },
    persona: () => professional('899700100045', '10', HOSPITAL, 'SM26'),
    emergency: 'bris_de_glace',
  },
  regulator: {
    group: 'emergency',
    name: { fr: 'Dr Nolwenn Morvan, centre 15', en: 'Dr Nolwenn Morvan, centre 15 dispatch' },
    about: {
      fr: 'Régulation médicale (Acces_Regulation_Medicale) : mode centre 15, sans autorisation (A9).',
      en: 'Medical dispatch (Acces_Regulation_Medicale): mode centre 15, without an authorisation (A9).',
    },
    persona: () => ({ ...professional('899700100052', '10', '1350099985', 'SM26'), regulation: true }),
    emergency: 'centre_15',
  },
  hospital: {
    group: 'structures',
    name: { fr: 'CH du Bois-Doré, logiciel', en: 'Bois-Doré hospital, its software' },
    about: {
      fr: 'Authentification indirecte d’une structure : alimente, et ne consulte pas sans autorisation.',
      en: 'A structure’s certificate: feeds, and does not consult without an authorisation.',
    },
    persona: () => ({ actor: 'STRUCTURE', authentication: 'INDIRECTE', structureId: HOSPITAL }),
  },
  air: {
    group: 'structures',
    name: {
      fr: 'Dr Katell Le Roux, par le logiciel de l’hôpital (AIR)',
      en: 'Dr Katell Le Roux, by the hospital’s software (AIR)',
    },
    about: {
      fr: 'Indirecte renforcée : un professionnel identifié par sa structure ; ne dépose pas (F7).',
      en: 'Reinforced indirect: a professional identified by the structure; deposits nothing (F7).',
    },
    persona: () => ({
      ...professional('899700100086', '10', HOSPITAL, 'SM26'),
      authentication: 'INDIRECTE_RENFORCEE',
    }),
  },
  secretariat: {
    group: 'structures',
    name: { fr: 'Secrétariat du cabinet', en: 'Secretariat of the practice' },
    about: { fr: 'Carte CPE : au nom du cabinet.', en: 'CPE card: in the name of the practice.' },
    persona: () => ({ actor: 'NON_PS', authentication: 'DIRECTE', structureId: OFFICE }),
  },
  patient: {
    group: 'patient',
    name: { fr: 'Le patient', en: 'The patient' },
    about: {
      fr: 'Titulaire : voit, masque, autorise, bloque, s’oppose, lit qui est venu.',
      en: 'The holder: sees, masks, authorises, blocks, objects, and reads who came.',
    },
    persona: (ins) => ({ actor: 'PATIENT', authentication: 'DIRECTE', ins }),
  },
  representative: {
    group: 'patient',
    name: { fr: 'Représentant légal', en: 'Legal representative' },
    about: {
      fr: 'Refusé (P2) tant que l’administration n’a pas inscrit la représentation.',
      en: 'Refused (P2) until the administration has written the representation.',
    },
    persona: (ins) => actingFor('REPRESENTANT_LEGAL', ins),
  },
  aidant: {
    group: 'patient',
    name: { fr: 'Aidant', en: 'Aidant' },
    about: {
      fr: 'Refusé (P2) tant que le patient ne l’a pas désigné ; puis lit, et ne lit aucune trace.',
      en: 'Refused (P2) until the patient has named them; then reads, and no traces.',
    },
    persona: (ins) => actingFor('AIDANT', ins),
  },
  administration: {
    group: 'institutions',
    name: { fr: 'Administration', en: 'Administration' },
    about: {
      fr: 'Ouvre et ferme le dossier, inscrit les représentants ; ne lit aucun document.',
      en: 'Opens and closes the record, writes representations; reads no document.',
    },
    persona: () => ({ actor: 'ADMINISTRATION', authentication: 'INDIRECTE' }),
  },
  auditor: {
    group: 'institutions',
    name: { fr: 'Auditeur', en: 'Auditor' },
    about: {
      fr: 'Lit les traces d’un dossier, et rien d’autre (T4).',
      en: 'Reads the traces of one record, and nothing else (T4).',
    },
    persona: () => ({ actor: 'AUDITEUR', authentication: 'DIRECTE' }),
  },
  insurance: {
    group: 'institutions',
    name: { fr: 'Assurance maladie', en: 'Assurance maladie' },
    about: {
      fr: 'Dépose les remboursements (D7) ; ne consulte pas.',
      en: 'Deposits reimbursements (D7); consults nothing.',
    },
    persona: () => ({ actor: 'ASSURANCE_MALADIE', authentication: 'INDIRECTE' }),
  },
} as const satisfies Record<string, Role>

export const roleKeys = Object.keys(cast).filter((key): key is RoleKey => Object.hasOwn(cast, key))

export function roleOf(key: RoleKey): Role {
  return cast[key]
}

/** A matricule of test for somebody close to the patient: the same commune and order, another sex and birth. */
export function relativeOf(kind: RelativeKind, { system, value }: Ins): Ins {
  return { system, value: withKey(`${kind === 'AIDANT' ? '16205' : '25807'}${value.slice(5, 13)}`) }
}

function actingFor(actor: RelativeKind, ins: Ins): Persona {
  return { actor, authentication: 'DIRECTE', ins: relativeOf(actor, ins), onBehalfOf: ins }
}

/** Whom a national identifier of the cast names; undefined for anybody else. */
export function nameOfIdentifier(value: string): Text | undefined {
  for (const key of roleKeys) {
    const role = roleOf(key)
    const { actor, nationalId, structureId } = role.persona({ system: '', value: '' })
    if (nationalId === value || (actor === 'STRUCTURE' && structureId === value)) return role.name
  }
  return undefined
}
