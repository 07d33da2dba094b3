// Files of another desk, made for tests: a table of contacts, mails, and archives of them.
import { crc32, deflateRawSync } from 'node:zlib'

/** Contacts as a spreadsheet in Turkish writes them; two rows tell of nobody. */
export function contacts(more) {
  const rows = [
    'Müşteri No;Ad Soyad;E-posta;Telefon;Şirket;Dil;Etiketler;Paket;Not',
    '7;Elif Kaya Işık;"elif@kaya.example, e.kaya@post.example";0532 111 22 33;Kaya Ltd;tr;"vip, toptan";gold;x',
    '8;رضا کریمی;reza@karimi.example;+98 912 345 6789;بازرگانی پارس;fa;;free;',
    '9;Şükrü Çağlar;sukru@kaya.example;;Kaya Ltd;tr;;;',
    ';Kimsesiz;;;;;;;',
    '=1+1;Paketsiz;paketsiz@example.com;;;;;platin;',
    ...Array.from(
      { length: more },
      (_, i) => `${1000 + i};Kişi ${i};kisi${i}@toplu.example;0533 ${1_000_000 + i};;tr;;;`,
    ),
  ]
  return Buffer.from(`\ufeff${rows.join('\r\n')}\r\n`)
}

export function mail({ from, id, subject, text, answers, at = 'Tue, 12 Mar 2024 08:30:00 +0000' }) {
  const lines = [
    `From: ${from}`,
    'To: destek@example.test',
    `Subject: ${subject}`,
    `Date: ${at}`,
    `Message-ID: <${id}>`,
    ...(answers ? [`In-Reply-To: <${answers}>`] : []),
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    text,
    '',
  ]
  return lines.join('\r\n')
}

export const mbox = (mails) =>
  Buffer.from(mails.map((it) => `From x Tue Mar 12 08:30:00 2024\r\n${it}\r\n`).join(''))

/** A ZIP as programs write it: each file deflated, and a directory at the end. */
export function zip(files) {
  const parts = []
  const directory = []
  let offset = 0
  for (const [name, content] of files) {
    const bytes = Buffer.from(content)
    const packed = deflateRawSync(bytes)
    const called = Buffer.from(name)
    const head = Buffer.alloc(26)
    head.writeUInt16LE(20, 0)
    head.writeUInt16LE(0x800, 2)
    head.writeUInt16LE(8, 4)
    head.writeUInt32LE(crc32(bytes), 10)
    head.writeUInt32LE(packed.length, 14)
    head.writeUInt32LE(bytes.length, 18)
    head.writeUInt16LE(called.length, 22)
    const place = Buffer.alloc(14)
    place.writeUInt32LE(offset, 10)
    const made = Buffer.from([20, 0])
    parts.push(Buffer.from('PK\x03\x04', 'latin1'), head, called, packed)
    directory.push(Buffer.from('PK\x01\x02', 'latin1'), made, head, place, called)
    offset += 4 + head.length + called.length + packed.length
  }
  const listed = Buffer.concat(directory)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(files.length, 4)
  end.writeUInt16LE(files.length, 6)
  end.writeUInt32LE(listed.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...parts, listed, Buffer.from('PK\x05\x06', 'latin1'), end])
}
