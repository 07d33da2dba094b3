/** A list that is read page by page, as all lists of the API are. */
import { useInfiniteQuery } from '@tanstack/vue-query'
import { computed, reactive, toValue, type MaybeRefOrGetter } from 'vue'
import { keys } from '@/api/queries'

/** In the document's pages what may be null may also be absent; the server always writes it. */
type OnPages<T> = { [K in keyof T as null extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as null extends T[K] ? K : never]?: T[K]
}

export interface PageOf<T> {
  items: T[]
  next_cursor?: string | null
}

/** Keys of the set-up lie below the directory, so that a change of it makes them stale. */
export const adminKey = (...rest: unknown[]): unknown[] => [keys.directory, 'admin', ...rest]

export const PAGE = 100

export interface List<T> {
  rows: T[]
  pending: boolean
  error: unknown
  more: boolean
  reading: boolean
  readMore: () => void
  again: () => void
}

export function useList<T>(
  key: MaybeRefOrGetter<unknown[]>,
  read: (cursor: string | undefined) => Promise<PageOf<OnPages<T>>>,
  options: { interval?: (rows: readonly T[]) => number | false } = {},
): List<T> {
  const query = useInfiniteQuery({
    queryKey: computed(() => adminKey(...toValue(key))),
    queryFn: ({ pageParam }) => read(pageParam || undefined),
    initialPageParam: '',
    getNextPageParam: (last: PageOf<OnPages<T>>) => last.next_cursor ?? undefined,
    refetchInterval: (asked) =>
      options.interval?.((asked.state.data?.pages ?? []).flatMap((page) => page.items) as T[]) ??
      false,
  })
  return reactive({
    rows: computed(() => query.data.value?.pages.flatMap((page) => page.items) ?? []),
    pending: computed(() => query.isPending.value),
    error: computed(() => (query.data.value ? null : query.error.value)),
    more: computed(() => query.hasNextPage.value),
    reading: computed(() => query.isFetchingNextPage.value),
    readMore: () => void query.fetchNextPage(),
    again: () => void query.refetch(),
  }) as unknown as List<T>
}
