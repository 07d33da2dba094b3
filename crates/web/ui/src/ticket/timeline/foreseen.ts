/**
 * Where a timeline begins when it is opened: at its newest, or at a time. What will most likely be
 * opened next is read beforehand, so that stepping through a list paints at once.
 */
import { api, good } from '@/api/client'
import { live, marksOf } from '@/api/live'
import { keys, queryClient } from '@/api/queries'
import { noFilters, queryOf, type Filters } from './filters'
import { pageOf, type TimelinePage } from './pages'

export const FIRST = 40
const KEPT_MS = 60_000

/** A place that is read newest first: the end of the history, or a time in it. */
export type Beginning = { at: string } | 'newest'

export const beginningKey = (customer: string, filters: Filters, place: Beginning = 'newest') => [
  keys.timeline,
  customer,
  place,
  { ...queryOf(filters) },
]

/** What changes while it is on its way is marked as stale before it is known: it is read again. */
export async function readBeginning(
  customer: string,
  filters: Filters,
  place: Beginning = 'newest',
  again = 2,
): Promise<TimelinePage> {
  const marks = marksOf(keys.timeline, customer)
  const at = place === 'newest' ? {} : place
  const answer = await good(
    api.GET('/api/v1/customers/{id}/timeline', {
      params: { path: { id: customer }, query: { limit: FIRST, ...queryOf(filters), ...at } },
    }),
  )
  if (again > 0 && marksOf(keys.timeline, customer) !== marks)
    return readBeginning(customer, filters, place, again - 1)
  return pageOf(answer)
}

// Places are told to the millisecond; the item itself is to be among what is then or before.
export const justAfter = (at: string) => new Date(Date.parse(at) + 1).toISOString()

/** Where a ticket's last is, when the end of the history is known and does not reach back to it. */
export function furtherBack(customer: string, lastAt: string | undefined): Beginning | undefined {
  const newest = foreseen(customer, noFilters())
  const oldest = newest?.older ? newest.entries[0] : undefined
  return oldest && lastAt && lastAt < oldest.occurred_at ? { at: justAfter(lastAt) } : undefined
}

const asked = (customer: string, filters: Filters, place: Beginning) => ({
  queryKey: beginningKey(customer, filters, place),
  queryFn: () => readBeginning(customer, filters, place),
  gcTime: KEPT_MS,
})

/** Read now; what is on its way already is not asked for twice. */
export const beginningOf = (customer: string, filters: Filters, place: Beginning) =>
  queryClient.fetchQuery({ ...asked(customer, filters, place), staleTime: 0 })

/** Only while events say what has changed since: a page that nobody renews is worth nothing. */
export async function foresee(customer: string, lastAt?: string): Promise<void> {
  if (!live.connected) return
  const read = (place: Beginning) =>
    queryClient.prefetchQuery({ ...asked(customer, noFilters(), place), staleTime: Infinity })
  await read('newest')
  const place = furtherBack(customer, lastAt)
  if (place && live.connected) await read(place)
}

export function foreseen(
  customer: string,
  filters: Filters,
  place: Beginning = 'newest',
): TimelinePage | undefined {
  const state = queryClient.getQueryState<TimelinePage>(beginningKey(customer, filters, place))
  return live.connected && state && !state.isInvalidated ? state.data : undefined
}
