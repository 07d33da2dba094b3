/** Widths of panes, in percent of what they share. */
export interface Pane {
  name: string
  size: number
  min: number
  max: number
}

const clamp = (value: number, pane: Pane): number => Math.min(pane.max, Math.max(pane.min, value))

/** What was kept, if it still fits these panes. */
export function sizesOf(panes: readonly Pane[], kept: readonly number[] | undefined): number[] {
  const fits =
    kept?.length === panes.length &&
    kept.every((size, index) => clamp(size, panes[index] as Pane) === size) &&
    Math.abs(kept.reduce((sum, size) => sum + size, 0) - 100) < 0.5
  return fits ? [...kept] : panes.map((pane) => pane.size)
}

/** Moves the handle behind a pane: what one gains the next one loses, as far as both may. */
export function dragged(
  panes: readonly Pane[],
  sizes: readonly number[],
  handle: number,
  by: number,
): number[] {
  const [a, b] = [panes[handle] as Pane, panes[handle + 1] as Pane]
  const [left, right] = [sizes[handle] as number, sizes[handle + 1] as number]
  const most = Math.min(clamp(left + by, a) - left, right - clamp(right - by, b))
  const least = Math.max(clamp(left + by, a) - left, right - clamp(right - by, b))
  const moved = by > 0 ? most : least
  return sizes.with(handle, left + moved).with(handle + 1, right - moved)
}
