/**
 * What the SOAP transactions of the national DMP answer, as far as it was seen in test material and in others' sources, and
 * the errors of this server in their place. Not an official list.
 */
import type { ErrorCode } from '../../src/fhir/error-catalogue.ts'

type Former = { readonly code: string; readonly meant: string; readonly now: readonly ErrorCode[] }

export const formerCodes: readonly Former[] = [
  {
    code: '`DMPFound`',
    meant: 'A record exists, so none is created or reactivated',
    now: ['dossier-existant', 'dossier-ouvert'],
  },
  { code: '`DMPClosed`', meant: 'The record is closed', now: ['dossier-ferme'] },
  {
    code: '`DMPInvalidCertificate`',
    meant: 'The signature of the VIHF is not by the right certificate',
    now: ['certificat-non-lie', 'jeton-invalide'],
  },
  {
    code: '`DMPAccessDeniedByRightsService`',
    meant: 'The rights of the caller do not cover the action',
    now: ['droit-fonctionnel', 'portee-insuffisante'],
  },
  {
    code: '`DMPIdentityCertificationFailure`',
    meant: 'The identity could not be certified',
    now: ['ins-non-qualifiee', 'traits-divergents'],
  },
  {
    code: '`DMPPatientAccessAlreadyExists`, `DMPPatientAccessOTPAlreadyExists`',
    meant: 'The patient has an account already: accounts are not kept here',
    now: [],
  },
  {
    code: '`XDSPatientIdDoesNotMatch`',
    meant:
      'Request and VIHF name two patients: the token of a patient opens one record, others are not known of',
    now: ['inconnu'],
  },
  {
    code: '`XDSDocumentUniqueIdError`',
    meant: 'No document of this uniqueId',
    now: ['inconnu', 'identifiant-unique-pris'],
  },
  {
    code: '“Structure introuvable ou Inactive”, “PS et Structure non liés”, “Aucune spécialité dans le vihf”',
    meant: 'Identity of professional and structure in the VIHF: here the claims of the token',
    now: ['jeton-invalide'],
  },
  {
    code: '“Erreur d’authentification de la personne morale”',
    meant: 'Structure of the VIHF and of the certificate differ',
    now: ['certificat-non-lie', 'jeton-invalide'],
  },
  {
    code: '“Aucun AuthorInstitution ne correspond à l’utilisateur du VIHF”',
    meant: 'No author of the document is of the structure that sends it: not demanded here',
    now: [],
  },
  {
    code: '`DMPOk`, “Autorisation déjà présente aucune action effectuée”',
    meant: 'The authorisation is there already: 200, and nothing changes',
    now: [],
  },
]
