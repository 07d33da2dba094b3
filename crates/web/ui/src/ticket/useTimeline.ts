/** A customer's timeline, page by page in both directions from where one begins. */
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api, good, type Schemas } from '@/api/client'
import { keys } from '@/api/queries'
import { oldestFirst } from './entries'

export interface Filters {
  q: string
  kinds: Schemas['ItemKind'][]
  channels: Schemas['Channel'][]
}

/** `at`: where to begin; the newest when it is null. */
export function useTimeline(
  customer: MaybeRefOrGetter<string>,
  filters: MaybeRefOrGetter<Filters>,
  at: MaybeRefOrGetter<string | null>,
) {
  const query = useInfiniteQuery({
    queryKey: computed(() => [
      keys.timeline,
      toValue(customer),
      'items',
      toValue(filters),
      toValue(at),
    ]),
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => {
      const { q, kinds, channels } = toValue(filters)
      return good(
        api.GET('/api/v1/customers/{id}/timeline', {
          signal,
          params: {
            path: { id: toValue(customer) },
            query: {
              limit: 50,
              cursor: pageParam,
              at: pageParam ? undefined : (toValue(at) ?? undefined),
              q: q.trim() || undefined,
              kind: kinds.length ? kinds : undefined,
              channel: channels.length ? channels : undefined,
              placeholders: q.trim() ? undefined : true,
            },
          },
        }),
      )
    },
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    getPreviousPageParam: (first) => first.previous_cursor ?? undefined,
    placeholderData: (before, of) =>
      of?.queryKey[1] === toValue(customer) ? keepPreviousData(before) : undefined,
  })
  return { ...query, entries: computed(() => oldestFirst(query.data.value?.pages ?? [])) }
}

/** The tickets of a customer by their ids: their numbers and subjects are shown beside items. */
export function useTicketsOf(customer: MaybeRefOrGetter<string>) {
  const query = useQuery({
    queryKey: computed(() => [keys.tickets, 'of', toValue(customer)]),
    queryFn: async () =>
      (
        await good(
          api.GET('/api/v1/tickets', {
            params: { query: { customer: toValue(customer) as never, limit: 200 } },
          }),
        )
      ).items as Schemas['TicketOut'][],
  })
  const byId = computed(() => new Map(query.data.value?.map((it) => [it.id as string, it])))
  return { ...query, tickets: computed(() => query.data.value ?? []), byId }
}
