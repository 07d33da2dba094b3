/** Enter takes the first line of a list, also when its lines come after the last key. */
import { watch, type Ref } from 'vue'

interface Lines {
  highlightedElement?: HTMLElement | null
  highlightFirstItem: () => void
}

export function useFirstLine(list: Readonly<Ref<unknown>>, lines: () => unknown): void {
  watch(
    lines,
    () => {
      const shown = list.value as Lines | null
      if (shown && !shown.highlightedElement?.isConnected) shown.highlightFirstItem()
    },
    { flush: 'post' },
  )
}
