/**
 * The sources that the dated tables name, in French: the tables that come with the server write them in English. A source that
 * is not here, as of an imported table, is shown as it is written.
 */
import type { Language } from './words.ts'

const french: Readonly<Record<string, string>> = {
  'CSP R.1111-46 and arrêté of 26 October 2023, whose annexed table is not available as text: cells confirmed by named secondary sources, the others proposed':
    'CSP R.1111-46 et arrêté du 26 octobre 2023, dont la table annexée n’est pas disponible en texte : des cases sont confirmées par les sources secondaires nommées, les autres sont proposées',
  'our proposal: no public information on this profession, least privilege until the official table is loaded':
    'notre proposition : aucune information publique sur cette profession, le moindre accès jusqu’à l’import de la table officielle',
  'our proposal: regulated professions read most documents, minus the types known to be refused to one of them':
    'notre proposition : les professions réglementées lisent la plupart des documents, moins les types que l’une d’elles se voit refuser',
  'our proposal: the social and medico-social perimeter is much narrower, a new arrêté is awaited':
    'notre proposition : le périmètre social et médico-social est bien plus étroit, un nouvel arrêté est attendu',
  'our proposal: pharmacists read nearly all types':
    'notre proposition : les pharmaciens lisent presque tous les types',
  'signature of a submission set: read by no profession as a document':
    'signature d’un lot de soumission : aucune profession ne la lit comme un document',
  'functional matrix of the national DMP; paragraph and rule numbers are those of docs/policy.md':
    'matrice fonctionnelle du DMP national ; les paragraphes et les règles sont ceux de docs/policy.md',
  '§2, documents written by the patient': '§2, documents écrits par le patient',
  'as for a PS: an authorisation is declared in normal mode only':
    'comme pour un PS : une autorisation se déclare en mode normal seulement',
  'derived from A5, A6, D7, V3 to V5, CSP R.1111-49; reactivating a closed record is no F0 (A12)':
    'déduit de A5, A6, D7, V3 à V5, CSP R.1111-49 ; réactiver un dossier fermé n’est pas F0 (A12)',
  'derived: reads for the patient, writes nothing, sees nothing masked or hidden':
    'déduit : lit pour le patient, n’écrit rien, ne voit rien de masqué ni de caché',
  '§2, F0: national opening and opt-out': '§2, F0 : ouverture nationale et opposition',
  'T4: traces only': 'T4 : les traces seulement',
  '§1: a structure certificate alone names no person':
    '§1 : le seul certificat d’une structure ne nomme personne',
  '§2: no centre_15 for the médecin traitant': '§2 : pas de centre 15 pour le médecin traitant',
  '§2: no emergency mode': '§2 : pas de mode d’urgence',
  '§1: a structure is authenticated by its certificate, in indirect mode':
    '§1 : une structure s’authentifie par son certificat, en mode indirect',
  '§3: the emergency modes are for professionals': '§3 : les modes d’urgence sont pour les professionnels',
  '§1: persons authenticate in person': '§1 : les personnes s’authentifient elles-mêmes',
  '§1: AIR is for identified professionals': '§1 : l’AIR est pour les professionnels identifiés',
}

export function sourceText(source: string, language: Language): string {
  if (language === 'en') return source
  return french[source] ?? source.replace(/^secondary source: /, 'source secondaire : ')
}
