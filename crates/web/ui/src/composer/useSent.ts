/** What follows when something was sent: lists are read again, and the way to its ticket. */
import { useQueryClient } from '@tanstack/vue-query'
import { useRouter } from 'vue-router'
import { keys } from '@/api/queries'
import { useLanguage } from '@/i18n'
import type { Sending } from './outbox'

export function useSent() {
  const { t } = useLanguage()
  const router = useRouter()
  const client = useQueryClient()
  return {
    refresh(ticket: string, customer?: string) {
      void client.invalidateQueries({ queryKey: [keys.ticket, ticket] })
      void client.invalidateQueries({ queryKey: [keys.tickets] })
      if (customer) void client.invalidateQueries({ queryKey: [keys.timeline, customer] })
      if (customer) void client.invalidateQueries({ queryKey: [keys.customer, customer] })
    },
    open: (it: Sending) => ({
      label: t('composer.openTicket', { number: it.number }),
      run: () => void router.push(`/inbox/all/${it.number}`),
    }),
  }
}
