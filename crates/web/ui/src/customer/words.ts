/** Small words about customers in the reader's language. */
export function languageName(tag: string, locale: string): string {
  try {
    return new Intl.DisplayNames(locale, { type: 'language' }).of(tag) ?? tag
  } catch {
    return tag
  }
}

/** What the clock shows there; null where the zone is not known. */
export function localTime(
  zone: string | null | undefined,
  locale: string,
  at: number,
): string | null {
  if (!zone) return null
  try {
    const options = {
      hour: 'numeric',
      minute: '2-digit',
      weekday: 'short',
      timeZone: zone,
    } as const
    return new Intl.DateTimeFormat(locale, options).format(at)
  } catch {
    return null
  }
}

const digitsOf = (currency: string): number =>
  new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions()
    .maximumFractionDigits ?? 2

/** An amount in the smallest unit of its currency. */
export function money(amount: number, currency: string, locale: string): string {
  try {
    const value = amount / 10 ** digitsOf(currency)
    return new Intl.NumberFormat(locale, { style: 'currency', currency }).format(value)
  } catch {
    return `${amount} ${currency}`
  }
}

/** What was typed as an amount, in the smallest unit; null where it is no number. */
export function smallest(text: string, currency: string): number | null {
  const value = Number(text.trim().replace(',', '.'))
  if (!text.trim() || !Number.isFinite(value)) return null
  try {
    return Math.round(value * 10 ** digitsOf(currency))
  } catch {
    return null
  }
}

export function largest(amount: number, currency: string): string {
  try {
    return String(amount / 10 ** digitsOf(currency))
  } catch {
    return String(amount)
  }
}
