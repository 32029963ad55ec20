// Reads documents with feedsmith (Atom, RSS, JSON Feed) and rss-parser (Atom, RSS).
//
//     node readers.mjs < LIST > LINES
//
// LIST has a line of JSON for each document: {"file", "format"}; LINES has one for each, in order: what each
// reader makes of it, in one shape, or why it cannot read it.

import { readFileSync } from 'node:fs'
import { parseAtomFeed, parseJsonFeed, parseRssFeed } from 'feedsmith'
import RssParser from 'rss-parser'

const hrefs = (links, rel) => (links ?? []).filter((link) => link.rel === rel).map((link) => link.href)
const first = (values) => values[0] ?? null
// A text construct: `type` says how its value is meant.
const construct = (text) => (text ? { value: text.value ?? '', type: text.type ?? 'text' } : null)

function media(entry) {
  return (entry.media?.contents ?? []).map((content) => ({
    url: content.url, type: content.type ?? null, size: content.fileSize ?? null,
    width: content.width ?? null, height: content.height ?? null, duration: content.duration ?? null,
  }))
}

function point(item) {
  const { lat, lng } = item.georss?.point ?? {}
  return lat === undefined ? null : [lat, lng]
}

function smithAtom(text) {
  const feed = parseAtomFeed(text)
  return {
    link: first(hrefs(feed.links, 'alternate')), self: first(hrefs(feed.links, 'self')), updated: feed.updated,
    point: point(feed),
    items: (feed.entries ?? []).map((entry) => ({
      id: entry.id, title: construct(entry.title), link: first(hrefs(entry.links, 'alternate')),
      published: entry.published, updated: entry.updated,
      content: entry.content?.value ?? '', summary: construct(entry.summary), rights: construct(entry.rights),
      authors: (entry.authors ?? []).map((author) => author.name),
      categories: (entry.categories ?? []).map((category) => [category.scheme ?? null, category.term, category.label ?? null]),
      enclosures: (entry.links ?? []).filter((link) => link.rel === 'enclosure')
        .map((link) => ({ url: link.href, type: link.type, length: link.length ?? null })),
      source: { title: construct(entry.source?.title), url: first(hrefs(entry.source?.links, 'self')) },
      replies: hrefs(entry.links, 'replies'), comments: entry.thr?.total ?? null,
      media: media(entry), point: point(entry),
    })),
  }
}

function smithRss(text) {
  const feed = parseRssFeed(text)
  return {
    link: feed.link, self: first(hrefs(feed.atom?.links, 'self')), updated: feed.lastBuildDate, point: point(feed),
    items: (feed.items ?? []).map((item) => ({
      id: item.guid?.value, isPermaLink: item.guid?.isPermaLink ?? true, title: { value: item.title ?? '', type: 'text' },
      link: item.link, published: item.pubDate, updated: item.atom?.updated ?? item.pubDate,
      content: item.content?.encoded ?? '',
      summary: item.description ? { value: item.description, type: 'html' } : null,
      rights: item.dc?.rights ? { value: item.dc.rights[0] ?? item.dc.rights, type: 'text' } : null,
      authors: item.dc?.creators ?? [],
      categories: (item.categories ?? []).map((category) => [category.domain ?? null, category.name, null]),
      enclosures: (item.enclosures ?? []).map((enclosure) => ({ ...enclosure, length: enclosure.length ?? null })),
      source: { title: { value: item.source?.title ?? '', type: 'text' }, url: item.source?.url },
      commentsPage: item.comments ?? null, commentsFeed: item.wfw?.commentRss ?? null,
      comments: item.slash?.comments ?? null, media: media(item), point: point(item),
    })),
  }
}

function smithJson(text) {
  const feed = parseJsonFeed(text)
  return {
    link: feed.home_page_url, self: feed.feed_url,
    items: (feed.items ?? []).map((item) => ({
      id: item.id, title: { value: item.title ?? '', type: 'text' }, link: item.url,
      published: item.date_published, updated: item.date_modified,
      content: item.content_html ?? '', text: item.content_text ?? null,
      summary: item.summary ? { value: item.summary, type: 'text' } : null,
      authors: (item.authors ?? []).map((author) => author.name), tags: item.tags ?? [],
      enclosures: (item.attachments ?? []).map((attachment) => ({
        url: attachment.url, type: attachment.mime_type, length: attachment.size_in_bytes ?? null,
      })),
    })),
  }
}

// It tells of neither categories in Atom nor of more than one author.
async function rssParser(text) {
  const feed = await new RssParser({ customFields: { item: ['atom:updated', 'source'] } }).parseString(text)
  return {
    link: feed.link, self: feed.feedUrl,
    items: feed.items.map((item) => ({
      id: item.guid ?? item.id, title: item.title ?? '', link: item.link, published: item.isoDate,
      content: item['content:encoded'] ?? (item.id ? item.content ?? '' : ''),
    })),
  }
}

async function attempt(read) {
  try {
    return await read()
  } catch (error) {
    return { error: String(error) }
  }
}

const smith = { atom: smithAtom, rss: smithRss, json: smithJson }
for (const line of readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
  const { file, format } = JSON.parse(line)
  const text = readFileSync(file, 'utf8')
  const read = { feedsmith: await attempt(() => smith[format](text)) }
  if (format !== 'json') {
    read['rss-parser'] = await attempt(() => rssParser(text))
  }
  process.stdout.write(JSON.stringify(read) + '\n')
}
