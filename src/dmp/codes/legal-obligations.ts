/**
 * Document types that the law has professionals and structures put into the record, each with the day since when.
 *
 * A22: arrêté of 26 April 2022 (CSP L.1111-15); A24: its amendment of 23 May 2024; CSP: the code itself. Confirmed there: the kinds of
 * document and the dates. Our reading: which code of JDV_J66 a kind is (`mapped`: none is named like it), and that every
 * document of that type is meant — stays in hospital and the other exceptions cannot be told from the metadata.
 * @see docs/indicators.md
 */
export type LegalObligation = {
  /** Code of JDV_J66. */
  readonly type: string
  /** `YYYY-MM-DD`; undefined: in force since before the arrêtés, without a date of its own. */
  readonly since: string | undefined
  readonly source: string
  /** What the text excludes, or asks beside. */
  readonly restriction: string
  /** The code was chosen by us. */
  readonly mapped?: true
}

const A22 = 'Arrêté du 26 avril 2022'
const A24 = 'Arrêté du 23 mai 2024'
const outside = 'hors séjour hospitalier'

export const legalObligations: readonly LegalObligation[] = [
  {
    type: '11502-2',
    since: '2022-12-31',
    source: A22,
    restriction: `${outside}, hors génétique constitutionnelle`,
  },
  { type: '18748-4', since: '2022-12-31', source: A22, restriction: outside },
  { type: '57833-6', since: '2022-12-31', source: A22, restriction: `${outside}, hors entente préalable` },
  { type: '34874-8', since: '2023-12-31', source: A22, restriction: '' },
  { type: 'PRESC-BIO', since: '2023-12-31', source: A22, restriction: outside },
  { type: 'PRESC-KINE', since: '2024-12-31', source: A24, restriction: outside },
  { type: 'PRESC-INF', since: '2024-12-31', source: A24, restriction: outside },
  { type: 'PRESC-PEDI', since: '2024-12-31', source: A24, restriction: outside },
  { type: 'PRESC-ORTHOPHO', since: '2024-12-31', source: A24, restriction: outside },
  { type: 'PRESC-ORTHOPTIE', since: '2024-12-31', source: A24, restriction: outside },
  { type: '55115-0', since: '2025-12-31', source: A24, restriction: outside },
  { type: '96349-6', since: '2025-12-31', source: A24, restriction: outside, mapped: true },
  { type: '11490-0', since: undefined, source: 'CSP R.1112-1-2', restriction: 'le jour de la sortie' },
  { type: '18761-7', since: undefined, source: 'CSP R.1112-1-1', restriction: 'si elle est dématérialisée' },
  {
    type: '60591-5',
    since: undefined,
    source: 'CSP L.1111-15',
    restriction: 'par le médecin traitant, une fois par an',
  },
]
