/** A rule that decided where an item belongs, told in a sentence. */
import type { Schemas } from '@/api/client'
import { useLanguage } from '@/i18n'
import { isolate } from '@/i18n/format'
import { useAuthor } from './useAuthor'

export function useReasonWords() {
  const { t, te } = useLanguage()
  const { nameOfActor } = useAuthor()
  return (reason: Schemas['ReasonOut']): string => {
    const key = `ticket.rule.${reason.rule}`
    if (!te(key)) return reason.rule.replaceAll('_', ' ')
    const value = reason.address ?? reason.identity?.value ?? reason.conversation ?? ''
    return t(key, {
      value: isolate(value || t('ticket.rule.unnamed')),
      number: reason.number === null ? '' : isolate(`#${reason.number}`),
      who: isolate(reason.by ? nameOfActor(reason.by) : t('ticket.by.system')),
    }).trim()
  }
}
