/**
 * In what quality a professional calls: profession, speciality and structure, from Pro Santé Connect's claims.
 *
 * A person may have several exercises (a hospital post and a practice, two specialities). `SubjectRole` and
 * `SubjectOrganizationID` say which one this token is for; when they leave a choice between two different
 * qualities, the token is refused: a doctor's rights differ by speciality (médecin du travail).
 * @see docs/api.md "Tokens"; claim names as in the Pro Santé Connect userinfo
 */
import { isStructureId } from '../dmp/identity/national-identifiers.ts'

export type Exercise = {
  readonly profession?: string
  readonly speciality?: string
  readonly structureId?: string
}
export type ExerciseFault = 'SubjectRole' | 'SubjectRefPro' | 'SubjectOrganizationID'

type Claims = Readonly<Record<string, unknown>>
type Post = {
  readonly profession: string
  readonly speciality: string | undefined
  readonly activities: readonly Claims[]
}

/** TRE_R38 and its kin: the coding system of savoir-faire, beside those of professions. */
const specialitySystem = '1.2.250.1.71.4.2.5'
const code = /^[A-Za-z0-9_-]{1,40}$/
const oid = /^[0-9]+(\.[0-9]+){1,20}$/
/** The directory's technical id of a structure: names it, but is no Struct_IdNat (rule I5). */
const technicalStructureId = /^[A-Z][0-9]{5,19}$/
const maxPosts = 20
const maxActivities = 50

export function exerciseFromClaims(claims: Claims): { exercise: Exercise } | { fault: ExerciseFault } {
  const role = parseRole(claims.SubjectRole)
  if (role === undefined) return { fault: 'SubjectRole' }
  const posts = parsePosts(claims.SubjectRefPro)
  if (posts === undefined) return { fault: 'SubjectRefPro' }
  const organisation = claims.SubjectOrganizationID === '' ? undefined : claims.SubjectOrganizationID
  if (organisation !== undefined && !isOrganisationId(organisation)) return { fault: 'SubjectOrganizationID' }

  const ofRole = posts.filter(
    (post) =>
      (role.profession === undefined || post.profession === role.profession) &&
      (role.speciality === undefined || post.speciality === role.speciality),
  )
  if (posts.length > 0 && ofRole.length === 0) return { fault: 'SubjectRefPro' }
  const there = ofRole.filter((post) => post.activities.some((activity) => names(activity, organisation)))
  const chosen = there.length > 0 ? there : ofRole
  if (new Set(chosen.map((post) => `${post.profession} ${post.speciality}`)).size > 1)
    return { fault: 'SubjectRefPro' }

  const profession = role.profession ?? chosen[0]?.profession
  const speciality = role.speciality ?? chosen[0]?.speciality
  const structureId = nationalStructureId(organisation, chosen)
  return {
    exercise: {
      ...(profession === undefined ? {} : { profession }),
      ...(speciality === undefined ? {} : { speciality }),
      ...(structureId === undefined ? {} : { structureId }),
    },
  }
}

/** `["10^1.2.250.1.71.1.2.7", "SM26^1.2.250.1.71.4.2.5"]`: at most one profession and one speciality. */
function parseRole(claim: unknown): { profession?: string; speciality?: string } | undefined {
  if (claim === undefined) return {}
  if (!Array.isArray(claim) || claim.length > 2) return undefined
  const role: { profession?: string; speciality?: string } = {}
  for (const entry of claim) {
    if (typeof entry !== 'string') return undefined
    const [value = '', system = '', ...more] = entry.split('^')
    if (!code.test(value) || !oid.test(system) || more.length > 0) return undefined
    const part = system === specialitySystem ? 'speciality' : 'profession'
    if (role[part] !== undefined) return undefined
    role[part] = value
  }
  return role
}

function parsePosts(claim: unknown): Post[] | undefined {
  if (claim === undefined) return []
  const posts = isObject(claim) ? (claim.exercices ?? []) : undefined
  if (!Array.isArray(posts) || posts.length > maxPosts) return undefined
  const parsed: Post[] = []
  for (const post of posts) {
    if (!isObject(post)) return undefined
    const { codeProfession: profession, codeSavoirFaire, activities = [] } = post
    const speciality = codeSavoirFaire === '' || codeSavoirFaire === null ? undefined : codeSavoirFaire
    if (typeof profession !== 'string' || !code.test(profession)) return undefined
    if (speciality !== undefined && (typeof speciality !== 'string' || !code.test(speciality)))
      return undefined
    if (!Array.isArray(activities) || activities.length > maxActivities || !activities.every(isObject))
      return undefined
    parsed.push({ profession, speciality, activities })
  }
  return parsed
}

function isOrganisationId(claim: unknown): claim is string {
  return typeof claim === 'string' && (isStructureId(claim) || technicalStructureId.test(claim))
}

/** The national ids of an activity's structure, the site's before the legal entity's. */
function nationalIds(activity: Claims): string[] {
  const written: readonly (readonly [prefix: string, value: unknown])[] = [
    ['1', activity.numeroFinessSite],
    ['1', activity.numeroFinessetablissementJuridique],
    ['3', activity.numeroSiretSite],
    ['', activity.ancienIdentifiantDeLaStructure],
  ]
  return written
    .flatMap(([prefix, value]) => (typeof value === 'string' && value !== '' ? [prefix + value] : []))
    .filter(isStructureId)
}

function names(activity: Claims, organisation: string | undefined): boolean {
  if (organisation === undefined) return false
  return (
    activity.identifiantTechniqueDeLaStructure === organisation ||
    nationalIds(activity).includes(organisation)
  )
}

/** Undefined when the token names no structure, or only by a technical id that none of its activities translates. */
function nationalStructureId(organisation: string | undefined, posts: readonly Post[]): string | undefined {
  if (organisation === undefined || isStructureId(organisation)) return organisation
  const activity = posts
    .flatMap((post) => post.activities)
    .find((candidate) => names(candidate, organisation))
  return activity === undefined ? undefined : nationalIds(activity)[0]
}

function isObject(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
