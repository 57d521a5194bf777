/** Writes, batches and transactions. @see ../error-catalogue.ts */
import type { Wording } from './wording.ts'

export const writesErrors = {
  'id-divergent': {
    fr: 'L’id du corps n’est pas celui de la ressource visée : ils doivent être égaux',
    en: 'The id in the body is not that of the resource addressed: they must be equal',
  },
  'ressource-partielle': {
    fr: 'Cette ressource n’est pas complète (étiquette SUBSETTED) : relisez-la en entier avant de la modifier',
    en: 'This resource is not complete (tag SUBSETTED): read it as a whole before you change it',
  },
  'creation-par-id': {
    fr: 'Ce serveur choisit lui-même les id : créez la ressource par POST',
    en: 'This server chooses ids itself: create the resource by POST',
  },
  'condition-divergente': {
    fr: 'La ressource de cet id existe et ne répond pas à la condition : corrigez l’un ou l’autre',
    en: 'The resource of this id exists and does not meet the condition: correct one or the other',
  },
  'correspondances-multiples': {
    fr: 'Plusieurs ressources répondent à la condition : précisez-la',
    en: 'Several resources meet the condition: make it more precise',
  },
  'ressource-existante': {
    fr: 'La ressource existe déjà, et If-None-Match la voulait absente',
    en: 'The resource exists already, and If-None-Match wanted none',
  },
  'ressource-en-double': {
    fr: 'Plusieurs entrées de la transaction visent la même ressource',
    en: 'Several entries of the transaction address the same resource',
  },
  'reference-conditionnelle': {
    fr: '{name} : la référence conditionnelle mène à {found} ressource(s), une attendue',
    en: '{name}: the conditional reference leads to {found} resource(s), one expected',
  },
  'ressource-enregistree': {
    fr: 'Ressource enregistrée, version {version}',
    en: 'Resource stored, version {version}',
  },
  'ressource-inchangee': {
    fr: 'Rien à changer, la version {version} reste en vigueur',
    en: 'Nothing to change, version {version} stays current',
  },
  'ressource-effacee': { fr: 'Ressource supprimée', en: 'Resource deleted' },
  'ressource-absente': { fr: 'Aucune ressource à supprimer', en: 'No resource to delete' },
} as const satisfies Record<string, Wording>
