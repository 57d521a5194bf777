/**
 * The narrow shape: what a document weighs without meaning anything to the way it is found. Done to the base rows, before they
 * are cloned; the same for all sizes that are compared. Keys, indexed columns and numbers of rows stay what they are.
 */
/** The person of the letters that are pushed (scripts/bench/synthetic-letter.ts): everybody, or a push would be refused (I3). */
export const ofTheLetters = `update growth.record set family_name = 'ESSAI', sex = 'female', birth_date = date '1979-03-28'`

export const narrowing: readonly string[] = [
  // Still a DocumentReference, of some 500 characters in place of 3,100; codes keep their values and lose their long systems.
  `update growth.document set
    body = ((body::jsonb
        - '{contained,category,author,authenticator,custodian,securityLabel,context,identifier,content}'::text[])
      #- '{type,coding,0,display}' #- '{masterIdentifier,type}' #- '{meta,profile}')::text,
    format = 'f|' || split_part(format, '|', 2), facility = 'f|' || split_part(facility, '|', 2),
    setting = 's|' || split_part(setting, '|', 2), category = '{c|10}', security_label = '{l|N}',
    identifier = '{}', tokens = '{}', strings = '{}', words = ''`,
  `update growth.resource set
    body = (body::jsonb - '{contained,extension,identifier,source,code,entry}'::text[])::text where type = 'List'`,
  `update growth.document_list set tokens = tokens[1:1], strings = '{}'`,
  // Contents do not open, narrow or not: a clone has a key of its own, and these are sealed with that of its base.
  `update growth.content set bytes = substr(bytes, 1, 16), wrapped_key = substr(wrapped_key, 1, 16), size = 16`,
  `update growth.seal set metadata = substr(metadata, 1, 8), text = substr(text, 1, 8), content = substr(content, 1, 8),
    submission_text = null, signature = substr(signature, 1, 8), kid = ''`,
  `update growth.notice set entities = '{}', organization = '', person = ''`,
]
