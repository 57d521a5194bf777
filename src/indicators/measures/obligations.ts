/**
 * Documents that the law has sent to the record: for each type whose obligation has begun, how many came, and how many within
 * 24 hours of being made. How many should have come is known to nobody here: that is not a rate of compliance.
 */
import type { Told } from '../disclosure.ts'
import { type FigureGroup, GROUP } from '../figures.ts'
import type { Measure } from '../measure.ts'
import { lastDayOf } from '../month.ts'
import { typeNamed, typesTold } from './documents.ts'

export const obligations: Measure = {
  id: 'obligations-legales',
  name: 'ObligationsLegales',
  title: 'Obligations légales d’alimentation',
  description:
    'Pour chaque type de document dont l’envoi au DMP est obligatoire (arrêté du 26 avril 2022 modifié, CSP), avec la date d’effet : documents déposés dans le mois, et parmi eux ceux déposés moins de 24 heures après leur création. Le nombre de documents qui auraient dû l’être n’est pas connu ; les exceptions des textes (séjour hospitalier…) ne se lisent pas dans les métadonnées.',
  subject: 'DocumentReference',
  scoring: 'proportion',
  counts: ['type'],
  figures: (counts, words): FigureGroup[] => {
    const tree = typesTold(counts, words)
    const toldTypes = new Map(
      (tree?.parts ?? []).flatMap((each) => each.parts.map((type) => [type.key, type])),
    )
    const begun = words.obligations.filter(
      ({ since }) => since === undefined || since <= lastDayOf(counts.month),
    )
    const covered = begun.filter(({ type }) => toldTypes.has(type)).length
    return [
      {
        code: {
          system: GROUP,
          code: 'types-alimentes',
          display: 'Types obligatoires dont des documents sont publiés',
        },
        population: begun.length,
        numerator: covered,
        score: { value: Math.round((covered / begun.length) * 1e6) / 1e6, unit: '1' },
        stratifiers: [],
      },
      ...begun.map(({ type, since }): FigureGroup => {
        const counted: Told | undefined = toldTypes.get(type)
        const onTime = counted?.parts.find(({ key }) => key === 'sous-24h')?.count
        return {
          code: typeNamed(type, words),
          ...(since === undefined ? {} : { since }),
          population: counted?.count,
          numerator: onTime,
          ...(counted && onTime !== undefined
            ? { score: { value: Math.round((onTime / counted.count) * 1e6) / 1e6, unit: '1' } }
            : {}),
          stratifiers: [],
        }
      }),
    ]
  },
}
