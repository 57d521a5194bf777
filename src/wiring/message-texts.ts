/** The texts of messages (rule M1) lie sealed by the key of their record, as its contents do: what is needed, put together. */
import type { MasterKeys } from '../content/master-key.ts'
import { settledRecordKey } from '../content/record-key.ts'
import { openText, sealText } from '../content/sealed-text.ts'
import type { MessageTexts } from '../interactions/dmp/messages/message-texts.ts'

export function messageTexts(keys: MasterKeys): MessageTexts {
  return {
    seal: async (transaction, patientKey, { text, about }) =>
      sealText(await settledRecordKey(transaction, keys, patientKey), text, about).toString('base64'),
    open: async (runner, patientKey, sealed) => {
      if (sealed.length === 0) return []
      const key = await settledRecordKey(runner, keys, patientKey)
      return sealed.map(({ text, about }) => openText(key, Buffer.from(text, 'base64'), about))
    },
  }
}
