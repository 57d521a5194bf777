/** The words of an explanation (explain.ts), in French and in English. What refuses has its words in the error catalogue. */
import type { RuleId } from './rule-ids.ts'

export type InBothLanguages = { readonly fr: string; readonly en: string }

/** @param values what stands for `{name}` in the words */
export function passing(
  rule: RuleId,
  verdict: 'passes' | 'not applicable' | 'not reached',
  values: Readonly<Record<string, string>>,
): InBothLanguages {
  if (verdict === 'not reached') return notReached
  const about = texts[rule] ?? functionalRight
  const { fr, en } = about[verdict]
  const filled = (text: string): string => text.replace(/\{(\w+)\}/g, (brace, name) => values[name] ?? brace)
  return { fr: filled(fr), en: filled(en) }
}

type About = { readonly passes: InBothLanguages; readonly 'not applicable': InBothLanguages }

const notReached = {
  fr: 'Non examinée : une règle a déjà refusé.',
  en: 'Not reached: a rule has refused already.',
}

const functionalRight: About = {
  passes: {
    fr: 'Le droit {right} ({name}) vaut « {grant} » pour {actor}, {authentication}, en mode {mode}.',
    en: 'The right {right} ({name}) is worth "{grant}" to {actor}, {authentication}, in mode {mode}.',
  },
  'not applicable': {
    fr: 'Cette demande ne relève d’aucun droit fonctionnel.',
    en: 'No functional right is asked for.',
  },
}

const choice: About = {
  passes: {
    fr: 'L’appelant peut le décider dans ce dossier.',
    en: 'The caller may decide this in this record.',
  },
  'not applicable': {
    fr: 'Rien n’est choisi ici pour le patient.',
    en: 'Nothing is chosen for the patient here.',
  },
}

const texts: Readonly<Partial<Record<RuleId, About>>> = {
  P1: {
    passes: { fr: 'C’est le dossier de l’appelant.', en: 'It is the caller’s own record.' },
    'not applicable': {
      fr: 'L’appelant n’est pas un patient.',
      en: 'The caller is not a patient.',
    },
  },
  P2: {
    passes: {
      fr: 'Une représentation en cours permet à l’appelant d’agir pour le titulaire.',
      en: 'A representation in force lets the caller act for the holder.',
    },
    'not applicable': {
      fr: 'L’appelant n’agit pour aucun titulaire.',
      en: 'The caller acts for no holder.',
    },
  },
  S1: {
    passes: {
      fr: 'Le patient a ouvert son dossier à ce service, pour la finalité demandée.',
      en: 'The patient has opened the record to this service, for the purpose asked for.',
    },
    'not applicable': {
      fr: 'L’appelant n’est pas un service tiers.',
      en: 'The caller is no third-party service.',
    },
  },
  A12: {
    passes: {
      fr: 'L’état du dossier (ouvert ou fermé) permet cette demande.',
      en: 'The state of the record (open or closed) allows this request.',
    },
    'not applicable': {
      fr: 'L’état du dossier est sans effet.',
      en: 'The state of the record has no effect.',
    },
  },
  A5: choice,
  A6: choice,
  T4: {
    passes: {
      fr: 'L’appelant peut lire des traces de ce dossier.',
      en: 'The caller may read traces of this record.',
    },
    'not applicable': { fr: 'Aucune trace n’est demandée.', en: 'No traces are asked for.' },
  },
  M1: {
    passes: {
      fr: 'L’appelant peut écrire et lire des messages dans ce dossier.',
      en: 'The caller may write and read messages in this record.',
    },
    'not applicable': { fr: 'Il ne s’agit pas d’un message.', en: 'This is about no message.' },
  },
  A3: {
    passes: { fr: 'Le patient n’a pas bloqué l’appelant.', en: 'The patient has not blocked the caller.' },
    'not applicable': {
      fr: 'Un blocage ne porterait pas sur cette demande (A2, A6).',
      en: 'A block would not bear on this request (A2, A6).',
    },
  },
  A1: {
    passes: {
      fr: 'Le dossier autorise l’appelant : lui-même, sa structure, son équipe de soins, ou comme médecin traitant.',
      en: 'The record authorises the caller: itself, its structure, its care team, or as médecin traitant.',
    },
    'not applicable': {
      fr: 'Aucune autorisation n’est nécessaire à cette demande.',
      en: 'This request needs no authorisation.',
    },
  },
  A8: {
    passes: {
      fr: 'Bris de glace : un motif est donné, par un professionnel en personne, et le patient ne s’y oppose pas.',
      en: 'Bris de glace: a motive is given, by a professional in person, and the patient has not objected.',
    },
    'not applicable': {
      fr: 'La demande est faite en mode normal.',
      en: 'The request is made in normal mode.',
    },
  },
  A9: {
    passes: {
      fr: 'Centre 15 : le jeton est celui de la régulation médicale, et le patient ne s’y oppose pas.',
      en: 'Centre 15: the token is one of the medical dispatch, and the patient has not objected.',
    },
    'not applicable': {
      fr: 'La demande est faite en mode normal.',
      en: 'The request is made in normal mode.',
    },
  },
  A10: {
    passes: {
      fr: 'Les accès d’urgence à ce dossier sont dits à l’appelant.',
      en: 'Emergency accesses to this record are told to the caller.',
    },
    'not applicable': { fr: 'Rien n’est à dire à l’appelant.', en: 'There is nothing to tell the caller.' },
  },
}

/** What a permit shows of the documents. */
export const seeing = {
  everyType: { fr: 'Tous les types de documents.', en: 'Every type of document.' },
  types: (count: number): InBothLanguages => ({
    fr: `${count} types de documents, selon la matrice d’habilitation de la profession.`,
    en: `${count} types of documents, by the habilitation matrix of the profession.`,
  }),
  openedTypes: (count: number): InBothLanguages => ({
    fr: `${count} types de documents, que le patient a ouverts à ce service.`,
    en: `${count} types of documents, which the patient has opened to this service.`,
  }),
  onlyOwn: { fr: 'Ses propres documents seulement.', en: 'Only the caller’s own documents.' },
  masked: {
    none: { fr: 'Aucun document masqué.', en: 'No masked document.' },
    own: {
      fr: 'Des documents masqués, les siens seulement.',
      en: 'Of masked documents, the caller’s own only.',
    },
    all: { fr: 'Les documents masqués aussi.', en: 'Masked documents too.' },
  },
  invisiblePatient: {
    shown: {
      fr: 'Aussi ce qui n’est pas encore annoncé au patient.',
      en: 'Also what is not announced to the patient yet.',
    },
    hidden: {
      fr: 'Rien de ce qui n’est pas encore annoncé au patient.',
      en: 'Nothing that is not announced to the patient yet.',
    },
  },
  invisibleLegal: {
    shown: { fr: 'Aussi les secrets du mineur.', en: 'Also a minor’s secrets.' },
    hidden: { fr: 'Aucun secret du mineur.', en: 'None of a minor’s secrets.' },
    only: {
      fr: 'Connexion secrète : les secrets du mineur seulement.',
      en: 'Secret connection: a minor’s secrets only.',
    },
  },
  withdrawn: {
    shown: {
      fr: 'Aussi ce qui est archivé, remplacé ou supprimé.',
      en: 'Also what is archived, replaced or deleted.',
    },
    hidden: {
      fr: 'Rien de ce qui est archivé, remplacé ou supprimé.',
      en: 'Nothing archived, replaced or deleted.',
    },
  },
} as const
