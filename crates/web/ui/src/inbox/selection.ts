/** Which tickets are chosen for a bulk action. */

export interface Selection {
  ids: ReadonlySet<string>
  /** Where a range begins: the row that was chosen last. */
  anchor: string | null
}

export const NOTHING: Selection = { ids: new Set(), anchor: null }

export function toggle(selection: Selection, id: string): Selection {
  const ids = new Set(selection.ids)
  if (!ids.delete(id)) ids.add(id)
  return { ids, anchor: id }
}

/** Chooses everything from the anchor to this row, as the list stands now. */
export function extend(selection: Selection, order: readonly string[], id: string): Selection {
  const to = order.indexOf(id)
  const from = selection.anchor === null ? -1 : order.indexOf(selection.anchor)
  if (to < 0) return selection
  if (from < 0) return toggle(selection, id)
  const range = order.slice(Math.min(from, to), Math.max(from, to) + 1)
  return { ids: new Set([...selection.ids, ...range]), anchor: selection.anchor }
}

export const choose = (ids: Iterable<string>): Selection => ({ ids: new Set(ids), anchor: null })

/** What is no longer in the list is not changed unseen. */
export function within(selection: Selection, order: readonly string[]): Selection {
  const there = new Set(order)
  const ids = new Set([...selection.ids].filter((id) => there.has(id)))
  return ids.size === selection.ids.size ? selection : { ...selection, ids }
}
