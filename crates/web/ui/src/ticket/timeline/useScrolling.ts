/**
 * How a timeline scrolls: it opens at its end and stays there while it grows; older entries come in
 * above without what one reads moving; and whoever nears an end has more read.
 */
import { nextTick, onBeforeUnmount, onMounted, ref, type Ref } from 'vue'

interface Ends {
  hasOlder: Ref<boolean>
  hasNewer: Ref<boolean>
  older: () => Promise<boolean>
  newer: () => Promise<boolean>
  /** All rows that are loaded are on the page. */
  revealed: () => Promise<void>
}

/** So near to an end (in pixels) more is read. */
const NEAR = 900
const AT_END = 48
/** So many pages in a row may come without a visible row: the rest is asked for by hand. */
const PATIENCE = 3

export function useScrolling(
  scroller: Ref<HTMLElement | null>,
  content: Ref<HTMLElement | null>,
  ends: Ends,
) {
  const atEnd = ref(true)
  /** Reading on has brought nothing visible for a while. */
  const paused = ref({ older: false, newer: false })
  const quiet = { older: 0, newer: 0 }
  let moving = false

  const gap = (box: HTMLElement) => box.scrollHeight - box.scrollTop - box.clientHeight

  function toEnd(): void {
    if (scroller.value) scroller.value.scrollTop = scroller.value.scrollHeight
  }

  /** Changes the rows, and puts what was at the top of the view back to where it was. */
  async function hold(change: () => void): Promise<void> {
    const box = scroller.value
    const top = box?.getBoundingClientRect().top ?? 0
    const rows = [...(content.value?.children ?? [])] as HTMLElement[]
    const seen = rows.find((it) => it.getBoundingClientRect().bottom > top + 1)
    const before = seen?.getBoundingClientRect().top ?? 0
    change()
    await nextTick()
    if (!box || !seen?.isConnected) return
    const by = seen.getBoundingClientRect().top - before
    if (Math.abs(by) > 0.5) box.scrollTop += by
  }

  async function more(way: 'older' | 'newer'): Promise<void> {
    const box = scroller.value
    if (!box) return
    const before = box.scrollHeight
    if (!(await ends[way]())) return
    await ends.revealed()
    quiet[way] = box.scrollHeight - before < 120 ? quiet[way] + 1 : 0
    paused.value[way] = quiet[way] >= PATIENCE
    if (!paused.value[way]) look()
  }

  function look(): void {
    const box = scroller.value
    if (!box) return
    atEnd.value = gap(box) < AT_END && !ends.hasNewer.value
    if (moving) return
    const { older, newer } = paused.value
    if (box.scrollTop < NEAR && ends.hasOlder.value && !older) void more('older')
    else if (gap(box) < NEAR && ends.hasNewer.value && !newer) void more('newer')
  }

  /** Another place: patience begins anew. */
  function rested(): void {
    quiet.older = quiet.newer = 0
    paused.value = { older: false, newer: false }
  }
  /** By hand. */
  function further(): void {
    rested()
    void more('older')
  }

  /** While a link leads to an item, nothing else moves the rows. */
  async function leading(job: () => Promise<void>): Promise<void> {
    moving = true
    atEnd.value = false
    try {
      await job()
    } finally {
      setTimeout(() => {
        moving = false
        look()
      }, 400)
    }
  }

  let size: ResizeObserver | undefined
  onMounted(() => {
    // Pictures and mails find their height late: whoever is at the end stays there.
    size = new ResizeObserver(() => {
      if (atEnd.value && !moving) toEnd()
    })
    if (content.value) size.observe(content.value)
    if (scroller.value) size.observe(scroller.value)
  })
  onBeforeUnmount(() => size?.disconnect())

  return { atEnd, paused, hold, toEnd, look, rested, further, leading }
}
