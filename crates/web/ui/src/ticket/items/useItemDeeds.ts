/** What is done with items: each says what it did, and how that is taken back. */
import { useRouter } from 'vue-router'
import { api, good } from '@/api/client'
import { told } from '@/api/problem'
import { keys, queryClient } from '@/api/queries'
import { toast } from '@/design/toasts'
import { useLanguage } from '@/i18n'
import { isolate } from '@/i18n/format'
import { useTimelineContext } from '../timeline/context'
import type { Item } from '../timeline/entries'

export function useItemDeeds() {
  const { t } = useLanguage()
  const router = useRouter()
  const { renew, refresh, customerId, tickets } = useTimelineContext()
  const bad = (error: unknown) => toast(told(error, t), { tone: 'bad' })
  const undo = (run: () => void) => ({
    label: t('common.undo'),
    run,
    undoes: true as const,
  })

  async function pin(item: Item, on: boolean): Promise<void> {
    const params = { path: { id: item.id } }
    try {
      await good(
        on
          ? api.POST('/api/v1/items/{id}/pin', { params })
          : api.DELETE('/api/v1/items/{id}/pin', { params }),
      )
      await queryClient.invalidateQueries({ queryKey: [keys.timeline, customerId.value, 'pins'] })
      toast(t(on ? 'ticket.item.pinnedNow' : 'ticket.item.unpinnedNow'), {
        tone: 'good',
        action: undo(() => void pin(item, !on)),
      })
    } catch (error) {
      bad(error)
    }
  }

  /** An item's address is that of its ticket, or of its customer where it is of none. */
  function linkOf(item: Item): string {
    const number = item.ticket ? tickets.value.get(item.ticket)?.number : undefined
    const path = number ? `/inbox/all/${number}` : `/customers/${customerId.value}`
    return location.origin + router.resolve({ path, query: { item: item.id } }).href
  }
  async function copyLink(item: Item): Promise<void> {
    try {
      await navigator.clipboard.writeText(linkOf(item))
      toast(t('common.copied'), { tone: 'good' })
    } catch {
      toast(linkOf(item))
    }
  }

  async function send(item: Item, body: { ticket?: string; new_ticket?: boolean }): Promise<Item> {
    const moved = await good(
      api.POST('/api/v1/items/{id}/move', { params: { path: { id: item.id } }, body }),
    )
    renew(moved)
    for (const stale of [keys.tickets, keys.ticket, keys.counts])
      void queryClient.invalidateQueries({ queryKey: [stale] })
    refresh()
    return moved
  }

  /** Whether it was moved. */
  async function move(
    item: Item,
    to: { ticket: string; number: number } | 'new',
  ): Promise<boolean> {
    const from = item.ticket
    try {
      await send(item, to === 'new' ? { new_ticket: true } : { ticket: to.ticket })
      const said =
        to === 'new'
          ? t('ticket.move.doneNew')
          : t('ticket.move.done', { ticket: isolate(`#${to.number}`) })
      const back = () => void send(item, { ticket: from as string }).catch(bad)
      toast(said, { tone: 'good', ...(from ? { action: undo(back) } : {}) })
      return true
    } catch (error) {
      bad(error)
      return false
    }
  }

  async function redact(item: Item, reason: string): Promise<boolean> {
    try {
      renew(
        await good(
          api.POST('/api/v1/items/{id}/redact', {
            params: { path: { id: item.id } },
            body: { reason },
          }),
        ),
      )
      toast(t('ticket.redact.done'), { tone: 'good' })
      return true
    } catch (error) {
      bad(error)
      return false
    }
  }
  return { pin, copyLink, linkOf, move, redact }
}
