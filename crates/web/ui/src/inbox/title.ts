/** The number of tickets that wait for me or for anybody, in the title and on the icon of the tab. */
import { onScopeDispose, ref, watchEffect } from 'vue'

const page = ref('')
const waiting = ref(0)

/** Names the page that is shown; it has no name again when the component goes. */
export function usePageTitle(title: () => string): void {
  watchEffect(() => (page.value = title()))
  onScopeDispose(() => (page.value = ''))
}

export function showWaiting(count: number): void {
  waiting.value = count
}

export const titleOf = (name: string, count: string | null): string =>
  (count ? `(${count}) ` : '') + (name ? `${name} · Throughline` : 'Throughline')

/** The icon with a number; what is more than it can hold is a dot. */
export function iconOf(count: number): string {
  const mark =
    count > 99
      ? '<circle cx="23" cy="9" r="7" fill="#d92d20" stroke="#fff" stroke-width="2"/>'
      : '<rect x="8" y="0" width="24" height="20" rx="8" fill="#d92d20"/>' +
        `<text x="20" y="15.5" text-anchor="middle" font-family="sans-serif" font-weight="700" font-size="16" fill="#fff">${count}</text>`
  return (
    'data:image/svg+xml,' +
    encodeURIComponent(
      '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#2456d3"/>' +
        '<path d="M7 12h18M7 18h18M7 24h10" stroke="#fff" stroke-width="2.6" stroke-linecap="round"/>' +
        `${mark}</svg>`,
    )
  )
}

export function useTabTitle(format: (count: number) => string): void {
  watchEffect(() => {
    document.title = titleOf(page.value, waiting.value ? format(waiting.value) : null)
    const icon = document.querySelector<HTMLLinkElement>('#favicon')
    if (icon) icon.href = waiting.value ? iconOf(waiting.value) : '/favicon.svg'
  })
}
