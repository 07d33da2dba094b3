/** What is mine alone: whether I have read a ticket. Shown at once, and told to the server. */
import { told } from '@/api/problem'
import { markRead, markUnread } from '@/api/views'
import { toast } from '@/design/toasts'
import { useLanguage } from '@/i18n'
import type { TicketRow } from './rows'

type Foresee = (id: string, change: (row: TicketRow) => TicketRow) => void

export function useUnread(foresee: Foresee) {
  const { t } = useLanguage()

  const show = (id: string, unread: boolean) =>
    foresee(id, (it) => (it.row ? { ...it, row: { ...it.row, unread } } : it))

  async function toggleUnread(ticket: TicketRow) {
    const unread = !ticket.row?.unread
    show(ticket.id, unread)
    try {
      await (unread ? markUnread(ticket.id) : markRead(ticket.id))
    } catch (error) {
      show(ticket.id, !unread)
      toast(told(error, t), { tone: 'bad' })
    }
  }
  return { toggleUnread, show }
}
