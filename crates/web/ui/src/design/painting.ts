/** What can wait until the page shows what was asked for. */
import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'

/** A page that is not looked at paints nothing: there nothing waits longer than this. */
const PATIENCE_MS = 250

type Forget = () => void

/** Runs what is given with the next frame; the answer takes it back. */
export function nextFrame(run: () => void): Forget {
  const frame = requestAnimationFrame(once)
  const late = setTimeout(once, PATIENCE_MS)
  function end() {
    cancelAnimationFrame(frame)
    clearTimeout(late)
  }
  function once() {
    end()
    run()
  }
  return end
}

/** Runs what is given behind the frame that shows what has just changed; the answer takes it back. */
export function afterPaint(run: () => void): Forget {
  let end = nextFrame(() => {
    end = nextFrame(() => {
      const soon = setTimeout(run)
      end = () => clearTimeout(soon)
    })
  })
  return () => end()
}

/** Follows its source: what is another by its name only once the rest of the page is painted. */
export function useBehind<T>(
  source: () => T,
  name: (it: T) => unknown,
): Readonly<ShallowRef<T | undefined>> {
  const followed = shallowRef<T>()
  let forget: Forget = () => {}
  watch(
    source,
    (now) => {
      forget()
      const same = followed.value !== undefined && name(followed.value) === name(now)
      if (same) followed.value = now
      else forget = afterPaint(() => (followed.value = source()))
    },
    { immediate: true },
  )
  onScopeDispose(() => forget())
  return followed
}
