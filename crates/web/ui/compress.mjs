// Moves a finished build to ../dist with a .br and a .gz beside each file that gains by it: the
// server compresses nothing while it runs. A failed build never leaves half a desk behind.
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'

const [built, dist] = ['../dist.new', '../dist']
for (const entry of readdirSync(built, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !/\.(html|js|css|svg|json|txt)$/.test(entry.name)) continue
  const path = `${entry.parentPath}/${entry.name}`
  const bytes = readFileSync(path)
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, quality))
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }))
}
rmSync(dist, { recursive: true, force: true })
renameSync(built, dist)
