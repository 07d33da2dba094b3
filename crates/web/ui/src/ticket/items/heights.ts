/** How tall mails were when they were last shown, so that what stands below them does not jump. */
const kept = new Map<string, number>()
const MOST = 500

export const heights = {
  get: (item: string): number | undefined => kept.get(item),
  set(item: string, height: number): void {
    kept.delete(item)
    kept.set(item, height)
    if (kept.size > MOST) kept.delete(kept.keys().next().value as string)
  },
}
