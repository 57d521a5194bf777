/**
 * The access mode of one request, as the caller declares it: headers `DMP-Mode-Acces` and `DMP-Motif`.
 *
 * Whether the caller may use the mode, and whether its motive is long enough, is the policy's to say (rules A8, A9).
 * Here a declaration that cannot be read, or that contradicts the token, is refused.
 * @see docs/api.md "Tokens" and JDV_J38 (access modes)
 */
import { refusal } from '../../fhir/fhir-error.ts'
import { type AccessMode, accessModes } from '../../policy/caller.ts'

export type DeclaredAccess = { readonly mode: AccessMode; readonly motive?: string }

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

/** 500 characters, each of four bytes of UTF-8, percent-encoded. */
const maxMotiveBytes = 6_000

/** `tokenMotive` is the claim `Mode_Acces_Raison`: it stands when the header is silent, and must agree when not. */
export function declaredAccess(headers: Headers, tokenMotive: string | undefined): DeclaredAccess {
  const declared = single(headers['dmp-mode-acces']) ?? 'normal'
  const mode = accessModes.find((known) => known === declared)
  if (mode === undefined) throw contradiction()

  const encoded = single(headers['dmp-motif'])
  const headerMotive = encoded === undefined ? undefined : decodeMotive(encoded)
  if (headerMotive !== undefined && tokenMotive !== undefined && headerMotive !== tokenMotive)
    throw contradiction()

  const motive = headerMotive ?? tokenMotive
  return motive === undefined ? { mode } : { mode, motive }
}

function single(header: string | readonly string[] | undefined): string | undefined {
  if (header === undefined || typeof header === 'string') return header
  throw contradiction()
}

/** Undefined for a blank motive: to say nothing is not to give a reason. */
function decodeMotive(encoded: string): string | undefined {
  if (encoded.length > maxMotiveBytes || !/^[\x20-\x7e]*$/.test(encoded)) throw unreadable()
  let motive: string
  try {
    motive = decodeURIComponent(encoded).trim().normalize('NFC')
  } catch (cause) {
    if (cause instanceof URIError) throw unreadable()
    throw cause
  }
  // Line ends and other controls would let a motive forge a second line wherever it is shown.
  if (/\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}/u.test(motive)) throw unreadable()
  return motive === '' ? undefined : motive
}

const contradiction = () => refusal('invalid', 'mode-acces-invalide')
const unreadable = () => refusal('invalid', 'motif-illisible')
