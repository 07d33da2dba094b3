/** A part of a whole in percent; a dash where there is no whole. */
export const share = (part: number, whole: number, locale: string): string =>
  whole === 0
    ? '–'
    : new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }).format(
        part / whole,
      )
