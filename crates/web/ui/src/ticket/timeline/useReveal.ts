/**
 * Rows come onto the page a few with each frame: first those that are read first, then what is out of
 * sight. Dozens of mails at once would hold up the frame.
 */
import { onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import { afterPaint, nextFrame } from '@/design/painting'

/** So many fill a screen. */
const FEW = 12
const EACH_FRAME = 6

interface Revealing {
  /** Puts more rows on the page without what one reads moving. */
  hold: (change: () => void) => Promise<void>
}

export function useReveal<T extends { key: string }>(rows: Ref<T[]>, { hold }: Revealing) {
  const shown = shallowRef<T[]>([])
  let beginning: 'first' | 'last' = 'last'
  let forget = () => {}
  let waiting: (() => void)[] = []

  /** What is shown stays shown; `more` rows come to it at each end. */
  function show(more: number): void {
    const all = rows.value
    const known = new Set(isFresh ? [] : shown.value.map((it) => it.key))
    let from = all.findIndex((it) => known.has(it.key))
    let to = all.findLastIndex((it) => known.has(it.key)) + 1
    if (from < 0) {
      from = beginning === 'last' ? Math.max(0, all.length - FEW) : 0
      to = Math.min(all.length, from + FEW)
    }
    // A handful more is not worth a frame of its own.
    from = from - more <= EACH_FRAME ? 0 : from - more
    to = all.length - to - more <= EACH_FRAME ? all.length : to + more
    shown.value = all.slice(from, to)
  }
  const isWhole = () => shown.value.length === rows.value.length

  function settle(): void {
    forget()
    if (!isWhole()) forget = (isFresh ? afterPaint : nextFrame)(step)
    else waiting.splice(0).forEach((done) => done())
    if (shown.value.length) isFresh = false
  }
  let isFresh = true
  async function step(): Promise<void> {
    await hold(() => show(EACH_FRAME))
    settle()
  }

  watch(
    rows,
    () => {
      show(0)
      settle()
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    forget()
    waiting = []
  })

  return {
    shown,
    /** Another place is opened: what is read first there is at this end of its rows. */
    anew: (end: 'first' | 'last') => {
      beginning = end
      isFresh = true
    },
    all: () => {
      shown.value = rows.value
      settle()
    },
    /** Everything that is loaded is on the page. */
    revealed: () =>
      new Promise<void>((done) => {
        if (isWhole()) done()
        else waiting.push(done)
      }),
  }
}
