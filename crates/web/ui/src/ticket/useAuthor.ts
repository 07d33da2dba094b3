/** Who an item is from, by name. */
import { session } from '@/api/session'
import { useAgentNames } from '@/composer/useDirectory'
import { useLanguage } from '@/i18n'
import type { Item } from './entries'

export function useAuthor() {
  const { t } = useLanguage()
  const agentName = useAgentNames()
  const nameOfActor = (by: string): string => {
    const id = by.replace(/^\w+:/, '')
    if (id === session.agent?.id) return t('common.you')
    return agentName(id) ?? t(id.startsWith('key_') ? 'ticket.by.key' : 'ticket.by.system')
  }
  return {
    nameOfActor,
    nameOf(item: Item): string {
      const { kind, id } = item.author
      if (kind === 'agent') return agentName(id) ?? t('ticket.by.agent')
      const from = item.message?.from
      if (from) return from.name ?? from.address
      if (kind === 'customer') return t('ticket.by.customer')
      return t(kind === 'key' ? 'ticket.by.key' : 'ticket.by.system')
    },
  }
}
