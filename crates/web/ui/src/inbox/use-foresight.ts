/** The history of the tickets beside the one that is read is read beforehand, once the reader rests. */
import { onScopeDispose, watch, type Ref } from 'vue'
import { foresee } from '@/ticket/timeline/foreseen'
import type { TicketRow } from './rows'

const RESTS_MS = 100

export function useForesight(rows: Ref<TicketRow[]>, opened: Ref<TicketRow | undefined>): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(
    () => opened.value?.id,
    (id) => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        const at = rows.value.findIndex((row) => row.id === id)
        if (at < 0) return
        for (const row of [rows.value[at + 1], rows.value[at - 1]])
          if (row) void foresee(row.customer, row.row?.last_at ?? undefined)
      }, RESTS_MS)
    },
  )
  onScopeDispose(() => clearTimeout(timer))
}
