//! SQLite, doing what the store does: the same look-ups before an entry counts as new, the
//! same bodies, tables that answer the same questions, a transaction for each group.

use super::reports::channels_of;
use super::subject::{Outcome, Subject, Text};
use countywire::model::{
    Arrived, Channel, ChannelKey, Entry, EntryNo, FirstPrint, Placing, Report, SourceId,
    SourceState, StoredEntry, Timestamp, Written,
};
use countywire::store::Numbered;
use countywire::store::door::Compressor;
use countywire::story::ByText;
use rusqlite::{Connection, OptionalExtension, Params, Row, params};
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_128;

const FILE: &str = "sqlite.db";
/// Bytes that a body unfolds to at most.
const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// `entry_key` has both names of an entry; `channel` what ETags are made of.
const TABLES: &str = "
CREATE TABLE IF NOT EXISTS entry (
    id INTEGER PRIMARY KEY, public_id TEXT, source TEXT, first_seen INTEGER, published INTEGER,
    updated INTEGER, revision INTEGER, fingerprint INTEGER, body BLOB);
CREATE TABLE IF NOT EXISTS entry_key (key BLOB PRIMARY KEY, id INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS public_id (hash BLOB PRIMARY KEY, id INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS text (hash BLOB PRIMARY KEY, id INTEGER, recorded_at INTEGER)
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entry_channel (
    channel INTEGER, published INTEGER, id INTEGER, PRIMARY KEY (channel, published, id))
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS channel (
    id INTEGER PRIMARY KEY, change INTEGER, changed_at INTEGER, shown INTEGER);
CREATE TABLE IF NOT EXISTS source (id TEXT PRIMARY KEY, poll INTEGER, state BLOB) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS position (id INTEGER PRIMARY KEY, sequence INTEGER);
";

pub struct Sqlite {
    connection: Connection,
    compressor: Compressor,
    decompressor: RefCell<zstd::bulk::Decompressor<'static>>,
}

/// What a group of reports changes of a channel.
#[derive(Default)]
struct Change {
    sequence: u64,
    recorded_at: i64,
    shown: u64,
}

impl Subject for Sqlite {
    fn open(folder: &Path, cache_bytes: u64) -> Outcome<Self> {
        std::fs::create_dir_all(folder)?;
        let connection = Connection::open(folder.join(FILE))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "cache_size", -((cache_bytes / 1024) as i64))?;
        connection.execute_batch(TABLES)?;
        connection.set_prepared_statement_cache_capacity(32);
        let decompressor = RefCell::new(zstd::bulk::Decompressor::new()?);
        Ok(Sqlite { connection, compressor: Compressor::default(), decompressor })
    }

    fn last_sequence(&self) -> Outcome<u64> {
        Ok(number(&self.connection, "SELECT sequence FROM position", [])?.unwrap_or(0) as u64)
    }

    fn entries(&self) -> Outcome<u64> {
        let all = Channel::All.key().0 as i64;
        let shown = number(&self.connection, "SELECT shown FROM channel WHERE id = ?1", [all])?;
        Ok(shown.unwrap_or(0) as u64)
    }

    fn commit(&mut self, group: &[Numbered<'_, Text>]) -> Outcome<()> {
        let Sqlite { connection, compressor, .. } = self;
        let transaction = connection.transaction()?;
        let mut changes = HashMap::new();
        for numbered in group {
            keep(&transaction, compressor, numbered, &mut changes)?;
        }
        let mut channel = transaction.prepare_cached(
            "INSERT INTO channel VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id) DO UPDATE SET
             change = excluded.change, changed_at = excluded.changed_at,
             shown = shown + excluded.shown",
        )?;
        for (ChannelKey(key), change) in changes {
            let Change { sequence, recorded_at, shown } = change;
            channel.execute(params![key as i64, sequence as i64, recorded_at, shown as i64])?;
        }
        drop(channel);
        if let Some(last) = group.last() {
            transaction
                .prepare_cached("INSERT OR REPLACE INTO position VALUES (1, ?1)")?
                .execute([last.sequence as i64])?;
        }
        Ok(transaction.commit()?)
    }

    fn settle(&mut self) -> Outcome<()> {
        Ok(self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
    }

    fn latest(&self, channel: &Channel, limit: usize) -> Outcome<Vec<StoredEntry>> {
        let mut select = self.connection.prepare_cached(
            "SELECT e.id, e.public_id, e.source, e.first_seen, e.published, e.updated,
             e.revision, e.body FROM entry_channel c CROSS JOIN entry e ON e.id = c.id
             WHERE c.channel = ?1 ORDER BY c.published DESC, c.id DESC LIMIT ?2",
        )?;
        let mut rows = select.query(params![channel.key().0 as i64, limit as i64])?;
        let mut entries = Vec::with_capacity(limit);
        while let Some(row) = rows.next()? {
            entries.push(self.stored(row)?);
        }
        Ok(entries)
    }

    fn delete_before(&mut self, sequence: u64) -> Outcome<()> {
        let transaction = self.connection.transaction()?;
        let first = EntryNo::new(sequence, 0).0 as i64;
        for table in ["entry", "entry_key", "public_id", "text", "entry_channel"] {
            transaction.execute(&format!("DELETE FROM {table} WHERE id < ?1"), [first])?;
        }
        Ok(transaction.commit()?)
    }
}

impl Sqlite {
    fn stored(&self, row: &Row<'_>) -> Outcome<StoredEntry> {
        let body = row.get_ref(7)?.as_blob()?;
        let length = zstd::bulk::Decompressor::upper_bound(body).unwrap_or(LARGEST_BODY);
        let body = self.decompressor.borrow_mut().decompress(body, length.min(LARGEST_BODY))?;
        let entry: Entry = minicbor::decode(&body)?;
        let no = EntryNo(row.get::<_, i64>(0)? as u64);
        Ok(StoredEntry {
            no,
            public_id: row.get(1)?,
            source: SourceId::new(row.get_ref(2)?.as_str()?),
            first_seen: Timestamp(row.get(3)?),
            published: Timestamp(row.get(4)?),
            updated: Timestamp(row.get(5)?),
            revision: row.get(6)?,
            reprint_of: None,
            story: no,
            entry: Arc::new(entry),
        })
    }
}

/// Writes a report. All of its entries must be new, and no text a reprint.
fn keep(
    connection: &Connection,
    compressor: &mut Compressor,
    numbered: &Numbered<'_, Text>,
    changes: &mut HashMap<ChannelKey, Change>,
) -> Outcome<()> {
    let report: Report<Written<'_>, SourceState> = Report::from_bytes(numbered.report)?;
    let source = report.source.as_str();
    let poll = number(connection, "SELECT poll FROM source WHERE id = ?1", [source])?;
    if poll.is_some_and(|poll| report.state.poll_number as i64 <= poll) {
        return Err("a report came to nothing".into());
    }
    let recorded_at = numbered.recorded_at;
    for (place, Written { head, bytes }) in report.entries.iter().enumerate() {
        let id = EntryNo::new(numbered.sequence, place as u16).0 as i64;
        let keys = [Some(head.key), head.alias].into_iter().flatten();
        if poll.is_some() {
            for key in keys.clone() {
                let select = "SELECT id FROM entry_key WHERE key = ?1";
                if number(connection, select, [key.0])?.is_some() {
                    return Err("an entry came twice".into());
                }
            }
        }
        let prepared = numbered.prepared.and_then(|prepared| prepared.entry(place));
        let text_hash = match prepared {
            Some(prepared) => prepared.sketch,
            None => ByText::sketch(head),
        };
        let no = EntryNo(id as u64);
        let published = head.published.unwrap_or(recorded_at).min(recorded_at);
        let arrived = Arrived { no, source: &report.source, recorded_at, published, is_held_back: false };
        let placement = ByText.place(arrived, &text_hash, &|hash| {
            let select = "SELECT id, recorded_at FROM text WHERE hash = ?1";
            let mut select = connection.prepare_cached(select).ok()?;
            let first = |row: &Row<'_>| {
                let (no, at) = (row.get::<_, i64>(0)?, row.get(1)?);
                let no = EntryNo(no as u64);
                Ok(FirstPrint { no, recorded_at: Timestamp(at), story: no })
            };
            select.query_row([hash], first).optional().ok()?
        });
        if placement.reprint_of.is_some() {
            return Err("a text came twice".into());
        }
        let public_id = head.origin_id().ok_or("an entry without an id")?;
        let id_hash = xxh3_128(public_id.as_bytes()).to_be_bytes();
        let select = "SELECT id FROM public_id WHERE hash = ?1";
        if number(connection, select, [id_hash])?.is_some() {
            return Err("an id came twice".into());
        }
        let published = head.published.unwrap_or(recorded_at).min(recorded_at).0;
        let updated = head.updated.map_or(published, |at| at.0.clamp(published, recorded_at.0));
        let body = match prepared {
            Some(prepared) => prepared.body.clone(),
            None => compressor.bytes(bytes),
        };
        let fingerprint = head.fingerprint as i64;
        run(
            connection,
            "INSERT INTO entry VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?8)",
            params![id, public_id, source, recorded_at.0, published, updated, fingerprint, body],
        )?;
        for key in keys {
            run(connection, "INSERT INTO entry_key VALUES (?1, ?2)", params![key.0, id])?;
        }
        run(connection, "INSERT INTO public_id VALUES (?1, ?2)", params![id_hash, id])?;
        if let Some(hash) = placement.text_hash {
            let insert = "INSERT OR REPLACE INTO text VALUES (?1, ?2, ?3)";
            run(connection, insert, params![hash, id, recorded_at.0])?;
        }
        for channel in channels_of(&report.source, &head.places, &head.topics) {
            let key = channel.key();
            let insert = "INSERT INTO entry_channel VALUES (?1, ?2, ?3)";
            run(connection, insert, params![key.0 as i64, published, id])?;
            let change = changes.entry(key).or_default();
            (change.sequence, change.recorded_at) = (numbered.sequence, recorded_at.0);
            change.shown += 1;
        }
    }
    let state = minicbor::to_vec(&report.state)?;
    let poll = report.state.poll_number as i64;
    let insert = "INSERT OR REPLACE INTO source VALUES (?1, ?2, ?3)";
    run(connection, insert, params![source, poll, state])
}

fn run(connection: &Connection, statement: &str, values: impl Params) -> Outcome<()> {
    connection.prepare_cached(statement)?.execute(values)?;
    Ok(())
}

/// The number that a query gives, if it gives a row.
fn number(connection: &Connection, query: &str, values: impl Params) -> Outcome<Option<i64>> {
    Ok(connection.prepare_cached(query)?.query_row(values, |row| row.get(0)).optional()?)
}
