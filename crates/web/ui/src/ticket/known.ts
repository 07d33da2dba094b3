/** A ticket as a list already has it: its head is painted before the server has answered. */
import { keys, queryClient } from '@/api/queries'
import type { Ticket } from './useTicket'

/** Lists of tickets, whatever keeps them: pages with items, or items alone. */
const LISTS: unknown[] = [keys.tickets, 'ticket-list']

const isTicket = (it: unknown, number: number): it is Ticket =>
  typeof it === 'object' &&
  it !== null &&
  'customer' in it &&
  'number' in it &&
  it.number === number

export function knownTicket(number: number): Ticket | undefined {
  for (const query of queryClient.getQueryCache().getAll()) {
    if (!LISTS.includes(query.queryKey[0])) continue
    for (const part of [query.state.data].flat() as unknown[]) {
      const items = (part as { items?: unknown[] } | null | undefined)?.items ?? [part]
      const found = items.find((it) => isTicket(it, number))
      if (found) return found as Ticket
    }
  }
  return undefined
}
