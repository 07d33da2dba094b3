// Logs of phone systems, made for tests: thousands of calls, and lines that a power cut left.
const pad = (n) => String(n).padStart(2, '0')
const quoted = (cells) => cells.map((it) => `"${it}"`).join(',')

/** A local time on the clock of the phone system: so many minutes after its first day began. */
function clock(minutes) {
  const at = new Date(Date.UTC(2026, 1, 3, 0, minutes))
  const day = `${at.getUTCFullYear()}-${pad(at.getUTCMonth() + 1)}-${pad(at.getUTCDate())}`
  return `${day} ${pad(at.getUTCHours())}:${pad(at.getUTCMinutes())}`
}

/** One row of Master.csv as Asterisk 20 writes it, with `linkedid` and `sequence`. */
export function asteriskRow({ number, extension = '201', minutes, talk = 60, id, leg = 1 }) {
  const at = clock(minutes)
  return [
    quoted(['', number, extension, 'from-trunk', `""Caller"" <${number}>`]),
    quoted([`PJSIP/trunk-${id}`, `PJSIP/${extension}-${id}-${leg}`, 'Dial', '201,,Tt']),
    quoted([`${at}:00`, talk ? `${at}:05` : '', `${at}:${talk ? '59' : '20'}`]),
    `${talk ? talk + 5 : 20},${talk}`,
    quoted([talk ? 'ANSWERED' : 'NO ANSWER', 'DOCUMENTATION', `${id}.${leg}`, '', '', `${id}.1`]),
    String(leg),
  ].join(',')
}

/** Lines that are no calls, each wrong in another way, and what the import says of each. */
export const BROKEN = [
  ['"","05329990001","201","from-trunk","cut off by a power', 'a quote is opened and not closed'],
  ['"","05329990002","201"', 'it has 3 columns; Master.csv has 16 to 21'],
  [
    asteriskRow({ number: '05329990003', minutes: 5, id: '99.3' }).replace('-02-03', '-13-45'),
    'is not a time',
  ],
  [
    asteriskRow({ number: '05329990004', minutes: 5, id: '99.4' }).replace(',60,', ',sixty,'),
    "billsec: 'sixty' is no number of seconds",
  ],
  // A spreadsheet that opens the rejected rows would run it.
  ['=HYPERLINK(A1),B2,C3', 'it has 3 columns'],
]

/** Rows of so many calls of one leg by a tenth as many people, with a broken line now and then. */
export function masterRows(calls) {
  const rows = Array.from({ length: calls }, (_, i) =>
    asteriskRow({
      number: `0533${1_000_000 + (i % Math.ceil(calls / 10))}`,
      minutes: 600 + i,
      talk: i % 3 ? 42 : 0,
      id: `1770${100_000 + i}`,
    }),
  )
  BROKEN.forEach(([line], at) => rows.splice(10 + at * 50, 0, line))
  return rows
}

/** A table as some other system writes it: a title, semicolons, a day and a time, decimal commas. */
export function otherTable(calls) {
  const rows = Array.from({ length: calls }, (_, i) => {
    const [day, time] = clock(300 + i).split(' ')
    const spoken = i % 4 ? `${i % 50},5` : ''
    return `${day.split('-').reverse().join('.')};${time};0534${2_000_000 + i};Şube Çağrı;${spoken};${i}`
  })
  return ['Gün;Saat;Arayan;Kuyruk;Konuşma;Kayıt no', ...rows, '99.99.2026;07:00;05340000000;;;x']
}

/** A text in Windows-1254, which Node does not write. */
export function turkish(text) {
  const latin = { Ğ: 'Ð', İ: 'Ý', Ş: 'Þ', ğ: 'ð', ı: 'ý', ş: 'þ' }
  return Buffer.from(
    text.replace(/[ĞİŞğış]/g, (it) => latin[it]),
    'latin1',
  )
}
