// Runs before the first paint, so that a dark page never flashes white and a Persian one never jumps.
;(function () {
  var root = document.documentElement
  var kept = {}
  try {
    kept = JSON.parse(localStorage.getItem('throughline.preferences') || '{}')
  } catch {
    // What cannot be read is as good as nothing kept.
  }
  var dark =
    kept.theme === 'dark' ||
    (kept.theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  root.dataset.theme = dark ? 'dark' : 'light'
  root.dataset.density = kept.density === 'compact' ? 'compact' : 'comfortable'
  if (kept.locale) {
    root.lang = kept.locale
    root.dir = kept.locale === 'fa' ? 'rtl' : 'ltr'
  }
})()
