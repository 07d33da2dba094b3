// How fast the desk feels with 100,000 tickets and a customer of 50,000 items: real mails are
// imported by the command line into SQLite, and a Chromium signs in, walks and scrolls.
//
//   node tests/load/desk.mjs            (after `make release`; TICKETS=… ITEMS=… for less)
//
// FOLDER=… keeps what was filled there, and measures on it when it is there already.
import { spawnSync } from "node:child_process";
import {
  cpSync,
  createWriteStream,
  existsSync,
  mkdtempSync,
  rmSync,
} from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
process.env.THROUGHLINE_BIN ??= join(root, "target/release/throughline");
const { Desk, PASSWORD, Product } =
  await import("../../crates/web/ui/e2e/kit.mjs");

const TICKETS = Number(process.env.TICKETS ?? 100_000);
const ITEMS = Number(process.env.ITEMS ?? 50_000);
const ROUNDS = 7;
const SUBJECTS = [
  "Siparişim gelmedi",
  "Where is my parcel",
  "سفارش من نرسیده است",
  "Fatura düzeltme",
  "Refund",
  "تغییر نشانی",
];

const rows = [];
const say = (what, value, unit, limit, worse = value > limit) =>
  rows.push({
    what,
    value: `${value} ${unit}`,
    limit: `${limit} ${unit}`,
    held: worse ? "MISSED" : "held",
  });
const sorted = (values) => [...values].sort((a, b) => a - b);
const median = (values) => sorted(values)[Math.floor(values.length / 2)];
const p95 = (values) => sorted(values)[Math.ceil(values.length * 0.95) - 1];

const folder = mkdtempSync(join(tmpdir(), "throughline-load-"));
const product = await Product.start();
const desk = await Desk.open();
try {
  await fillOnce(process.env.FOLDER);
  await measure();
} finally {
  await desk.close();
  await product.stop();
  rmSync(folder, { recursive: true, force: true });
}
console.table(rows);
process.exitCode = rows.some((row) => row.held === "MISSED") ? 1 : 0;

/** One mail of an mbox. */
function letter(number, from, subject, reference, at) {
  return (
    `From sender@example.com ${new Date(at).toUTCString()}\n` +
    `From: ${from}\nTo: support@example.com\nSubject: ${subject}\nMessage-ID: <load-${number}@example.com>\n` +
    (reference ? `In-Reply-To: <load-${reference}@example.com>\n` : "") +
    `Date: ${new Date(at).toUTCString()}\nContent-Type: text/plain; charset=utf-8\n\n` +
    `Message ${number}: please look at this, it is the ${number % 7}th time.\nSipariş TR-${number}.\n\n`
  );
}

/** A folder of a run before is taken as it is: its admin has the same password. */
async function fillOnce(kept) {
  if (kept && existsSync(kept)) {
    await product.down();
    rmSync(product.folder, { recursive: true });
    cpSync(kept, product.folder, { recursive: true });
    return product.up();
  }
  await fill();
  if (!kept) return;
  await product.down();
  cpSync(product.folder, kept, { recursive: true });
  await product.up();
}

async function fill() {
  const path = join(folder, "load.mbox");
  const file = createWriteStream(path);
  const write = async (text) => file.write(text) || once(file, "drain");
  const begin = Date.parse("2026-01-01T00:00:00Z");
  let number = 0;
  for (let ticket = 0; ticket < TICKETS; ticket++) {
    const from = `Person ${ticket % 20_000} <person${ticket % 20_000}@example.com>`;
    await write(
      letter(
        ++number,
        from,
        SUBJECTS[ticket % SUBJECTS.length],
        null,
        begin + number * 100_000,
      ),
    );
  }
  // One person's history: threads of a hundred messages.
  let first = 0;
  for (let item = 0; item < ITEMS; item++) {
    const reference = item % 100 ? first : null;
    number++;
    if (!reference) first = number;
    const subject = `${reference ? "Re: " : ""}Thread ${Math.floor(item / 100)}`;
    await write(
      letter(
        number,
        "Elif Kaya <elif@example.com>",
        subject,
        reference,
        begin + number * 100_000,
      ),
    );
  }
  file.end();
  await once(file, "finish");
  await product.down();
  const started = Date.now();
  const done = spawnSync(
    process.env.THROUGHLINE_BIN,
    ["import", "mail", "--inbox", "demo@throughline.example", path],
    {
      cwd: product.folder,
      env: {
        PATH: process.env.PATH,
        THROUGHLINE__DATABASE__URL: `sqlite://${product.folder}/throughline.db`,
      },
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  if (done.status !== 0) throw new Error("the import failed");
  console.log(
    `${number} mails imported in ${Math.round((Date.now() - started) / 1000)} s`,
  );
  await product.up();
}

async function measure() {
  const firstRows = [];
  let loaded = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const page = await desk.person(product, { email: null });
    await page.addInitScript(noteFirstRow);
    await page.goto("/inbox/open");
    await page.getByLabel("E-mail address").fill("admin@localhost");
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    const started = performance.now();
    await page.keyboard.press("Enter");
    await page.locator("[role=row][aria-rowindex]").first().waitFor();
    firstRows.push(performance.now() - started);
    loaded = await page.evaluate(scriptsUntilFirstRow);
    if (round < ROUNDS - 1) await page.context().close();
    else await walk(page);
  }
  say(
    `first row after sign-in, median of ${ROUNDS}`,
    Math.round(median(firstRows)),
    "ms",
    1000,
  );
  say(
    "scripts until the first row, compressed",
    Math.round(loaded / 1000),
    "kB",
    180,
  );
}

async function walk(page) {
  await step(page, "/inbox/open", "of a customer of 50,000 items");
  await step(page, "/inbox/open?sort=updated_asc", "of other customers");
  const list = await frames(page, "[data-tour=list] [role=grid]");
  say("scrolling the list of tickets", list, "frames/s", 50, list < 50);
  const { items } = await product.call(
    "GET",
    "/customers?email=elif@example.com",
  );
  await page.goto(`/customers/${items[0].id}`);
  await page.locator("[data-tour=timeline]").waitFor();
  await page.waitForTimeout(2000);
  const timeline = await frames(page, "[data-tour=timeline]", -1);
  say(
    "scrolling a timeline of 50,000 items",
    timeline,
    "frames/s",
    50,
    timeline < 50,
  );
}

/** Sixty tickets one after the other, as the key J opens them. */
async function step(page, path, whose) {
  await page.goto(path);
  await page.locator("[role=row][aria-rowindex]").first().waitFor();
  await page.waitForTimeout(1000);
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.locator("[data-ticket]").waitFor();
  await page.waitForTimeout(1000);
  const heads = [];
  const whole = [];
  for (let step = 0; step < 60; step++) {
    const { head, all } = await page.evaluate(next);
    heads.push(head);
    whole.push(all);
    await page.waitForTimeout(400);
  }
  for (const [part, times] of [
    ["head", heads],
    ["messages", whole],
  ]) {
    const what = `next ticket ${whose}: its ${part} painted`;
    say(`${what}, median of 60`, Math.round(median(times)), "ms", 100);
    say(`${what}, p95`, Math.round(p95(times)), "ms", 100);
  }
}

function noteFirstRow() {
  new MutationObserver((_changes, observer) => {
    if (!document.querySelector("[role=row][aria-rowindex]")) return;
    globalThis.firstRowAt = performance.now();
    observer.disconnect();
  }).observe(document, { childList: true, subtree: true });
}

/** How much compressed script was asked for before the first row stood there. */
function scriptsUntilFirstRow() {
  return performance
    .getEntriesByType("resource")
    .filter((it) => /\.js$/.test(it.name))
    .filter((it) => it.startTime < globalThis.firstRowAt)
    .reduce((sum, it) => sum + it.encodedBodySize, 0);
}

/** From the key to the frame after the next ticket's head, and after its newest item, stand there. */
function next() {
  const head = () =>
    document.querySelector("[data-ticket]")?.getAttribute("data-ticket");
  const newest = () =>
    [...document.querySelectorAll("[data-tour=timeline] [data-item]")]
      .at(-1)
      ?.getAttribute("data-item");
  const before = { head: head(), newest: newest() };
  const started = performance.now();
  const changed = (of, from) =>
    new Promise((resolve) => {
      const look = () =>
        requestAnimationFrame(() =>
          of() && of() !== from
            ? requestAnimationFrame(() => resolve(performance.now() - started))
            : look(),
        );
      look();
    });
  document.dispatchEvent(
    new KeyboardEvent("keydown", { key: "j", code: "KeyJ", bubbles: true }),
  );
  return Promise.all([
    changed(head, before.head),
    changed(newest, before.newest),
  ]).then(([head, all]) => ({ head, all }));
}

/** Frames per second while 300 px are scrolled with each frame, for three seconds. */
function frames(page, selector, direction = 1) {
  return page.evaluate(
    ([selector, direction]) =>
      new Promise((resolve) => {
        const scroller = document.querySelector(selector);
        const started = performance.now();
        let count = 0;
        const step = () => {
          scroller.scrollTop += 300 * direction;
          count++;
          const passed = performance.now() - started;
          if (passed < 3000) requestAnimationFrame(step);
          else resolve(Math.round((count * 1000) / passed));
        };
        requestAnimationFrame(step);
      }),
    [selector, direction],
  );
}
