/** What a reader wants to see of a timeline. */
import type { Schemas } from '@/api/client'

export interface Filters {
  q: string
  kinds: Schemas['ItemKind'][]
  channels: Schemas['Channel'][]
  authors: Schemas['AuthorKind'][]
  attachments: boolean
  pinned: boolean
}

export const noFilters = (): Filters => ({
  q: '',
  kinds: [],
  channels: [],
  authors: [],
  attachments: false,
  pinned: false,
})

export const countOf = (filters: Filters): number =>
  filters.kinds.length +
  filters.channels.length +
  filters.authors.length +
  Number(filters.attachments) +
  Number(filters.pinned)

export const isFiltered = (filters: Filters): boolean =>
  filters.q.trim() !== '' || countOf(filters) > 0

const some = <T>(list: T[]): T[] | undefined => (list.length ? list : undefined)

/** As the server is asked. */
export function queryOf(filters: Filters) {
  return {
    q: filters.q.trim() || undefined,
    kind: some(filters.kinds),
    channel: some(filters.channels),
    author: some(filters.authors),
    has_attachments: filters.attachments || undefined,
    pinned: filters.pinned || undefined,
    placeholders: isFiltered(filters) ? undefined : true,
  }
}
