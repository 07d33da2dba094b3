/**
 * The newest page of a timeline. That of the ticket which will most likely be opened next is read
 * beforehand, so that stepping through a list paints at once.
 */
import { api, good } from '@/api/client'
import { live, marksOf } from '@/api/live'
import { keys, queryClient } from '@/api/queries'
import { noFilters, queryOf, type Filters } from './filters'
import { pageOf, type TimelinePage } from './pages'

export const FIRST = 40
const KEPT_MS = 60_000

export const newestKey = (customer: string, filters: Filters) => [
  keys.timeline,
  customer,
  'newest',
  { ...queryOf(filters) },
]

/** What changes while it is on its way is marked as stale before it is known: it is read again. */
export async function readNewest(
  customer: string,
  filters: Filters,
  again = 2,
): Promise<TimelinePage> {
  const marks = marksOf(keys.timeline, customer)
  const answer = await good(
    api.GET('/api/v1/customers/{id}/timeline', {
      params: { path: { id: customer }, query: { limit: FIRST, ...queryOf(filters) } },
    }),
  )
  if (again > 0 && marksOf(keys.timeline, customer) !== marks)
    return readNewest(customer, filters, again - 1)
  return pageOf(answer)
}

/** Only while events say what has changed since: a page that nobody renews is worth nothing. */
export function foresee(customer: string): void {
  if (!live.connected) return
  const filters = noFilters()
  void queryClient.prefetchQuery({
    queryKey: newestKey(customer, filters),
    queryFn: () => readNewest(customer, filters),
    staleTime: Infinity,
    gcTime: KEPT_MS,
  })
}

export function foreseen(customer: string, filters: Filters): TimelinePage | undefined {
  const state = queryClient.getQueryState<TimelinePage>(newestKey(customer, filters))
  return live.connected && state && !state.isInvalidated ? state.data : undefined
}
