/**
 * Why a server is not ready, or what it can do less of: stable words, each with a sentence for people. They stand in the
 * answer of `/readyz` and in the metric `dmp_readiness`, and a runbook is named by them. None says more than that:
 * anybody may ask.
 *
 * `serves: false` takes a server out of service (503). What all servers would say alike and traffic does not cure, or what
 * leaves most requests their answer, is told and takes nobody out.
 * @see docs/operations.md "Readiness", docs/runbooks/
 */
type ReadinessWording = { readonly serves: boolean; readonly fr: string; readonly en: string }

export const readinessWords = {
  stopping: {
    serves: false,
    fr: "Ce serveur s'arrête : adressez-vous à un autre.",
    en: 'This server is stopping: ask another one.',
  },
  'database-unreachable': {
    serves: false,
    fr: 'La base de données ne répond pas, ou pas à temps.',
    en: 'The database does not answer, or not in time.',
  },
  'database-read-only': {
    serves: false,
    fr: 'La base de données ne prend aucune écriture : réplica, ou lecture seule imposée.',
    en: 'The database takes no writes: it is a replica, or made read-only.',
  },
  'database-behind': {
    serves: false,
    fr: 'Il manque des migrations à la base de données : lancez « dmp migrate ».',
    en: 'The database lacks migrations: run `dmp migrate`.',
  },
  'traces-refused': {
    serves: false,
    fr: "Le rôle du serveur n'a pas le droit d'insérer des traces.",
    en: 'The role of the server may not insert traces.',
  },
  'traces-failing': {
    serves: false,
    fr: "Les traces ne peuvent plus être écrites : rien n'est montré.",
    en: 'Traces cannot be written any more: nothing is shown.',
  },
  'matrix-absent': {
    serves: false,
    fr: "Aucune matrice lisible n'est en vigueur : rien ne peut être décidé.",
    en: 'No matrix that can be read is in force: nothing can be decided.',
  },
  'keys-unknown': {
    serves: false,
    fr: "Des contenus sont scellés par une clé maîtresse que ce serveur n'a pas.",
    en: 'Contents are sealed by a master key that this server does not have.',
  },
  'certificate-expired': {
    serves: false,
    fr: 'Le certificat TLS de ce serveur a expiré.',
    en: 'The TLS certificate of this server has expired.',
  },
  'spool-full': {
    serves: false,
    fr: "Le dossier des contenus en cours n'a plus de place, ou n'est pas accessible en écriture.",
    en: 'The folder of contents under way has no room left, or cannot be written to.',
  },
  'certificate-expiring': {
    serves: true,
    fr: 'Le certificat TLS de ce serveur expire dans moins de quatorze jours.',
    en: 'The TLS certificate of this server expires in less than fourteen days.',
  },
  'content-store-failing': {
    serves: true,
    fr: "L'entrepôt des contenus ne répond pas : dépôts et lectures de documents attendent.",
    en: 'The content store does not answer: deposits and retrievals have to wait.',
  },
  overload: {
    serves: true,
    fr: "Plus de demandes arrivent qu'il n'en peut être traité : certaines sont refusées.",
    en: 'More is asked than can be done: some requests are refused.',
  },
} as const satisfies Readonly<Record<string, ReadinessWording>>

export type ReadinessWord = keyof typeof readinessWords

export const allReadinessWords = Object.keys(readinessWords) as ReadinessWord[]

export function canServe(words: readonly ReadinessWord[]): boolean {
  return words.every((word) => readinessWords[word].serves)
}
