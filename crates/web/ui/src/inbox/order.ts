/** The order of kept views, which are numbered with gaps, doubles and by several people. */
import type { ViewOut } from '@/api/views'

/** The least changes by which a view goes one place up or down among these. */
export function swapped(
  views: readonly ViewOut[],
  id: string,
  by: -1 | 1,
): { view: ViewOut; position: number }[] {
  const at = views.findIndex((it) => it.id === id)
  const other = at + by
  if (at < 0 || other < 0 || other >= views.length) return []
  const order = views.with(at, views[other] as ViewOut).with(other, views[at] as ViewOut)
  let last = -Infinity
  return order.flatMap((view) => {
    const position = view.position > last ? view.position : last + 1
    const wanted = position
    last = wanted
    return wanted === view.position ? [] : [{ view, position: wanted }]
  })
}
