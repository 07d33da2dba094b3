/** Who an item is by, in words. */
import type { Schemas } from '@/api/client'
import { session } from '@/api/session'
import { useLanguage } from '@/i18n'
import type { Directory } from '../directory'
import type { Item } from './entries'

export function usePeople(directory: Directory, customerName: () => string | null) {
  const { t } = useLanguage()

  /** An actor as events name one: `system`, or the id of an agent or key. */
  const actorNamed = (id: string | null | undefined): string =>
    !id || id === 'system'
      ? t('ticket.who.system')
      : (directory.nameOf(id) ?? t(id.startsWith('agt_') ? 'ticket.who.agent' : 'ticket.who.key'))

  const authorOf = (author: Schemas['AuthorOut']): string => {
    if (author.kind === 'customer') return customerName() ?? t('ticket.who.customer')
    if (author.kind === 'agent') return directory.nameOf(author.id) ?? t('ticket.who.agent')
    return t(author.kind === 'key' ? 'ticket.who.key' : 'ticket.who.system')
  }
  const authorName = (item: Item): string => {
    const from = item.message?.direction === 'inbound' ? item.message.from : null
    return from?.name || from?.address || authorOf(item.author)
  }
  const isMe = (id: string | null | undefined): boolean => Boolean(id) && id === session.agent?.id
  return { actorNamed, authorOf, authorName, isMe }
}
export type People = ReturnType<typeof usePeople>
