//! The index as it is written: opened if it is whole and of the store's life, else made anew.

use super::find::Finder;
use super::letters::Cutter;
use crate::model::{ChannelKey, EntryNo, SourceId, StoredEntry, Timestamp};
use crate::text::html;
use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use tantivy::directory::MmapDirectory;
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::{IndexSettings, IndexWriter, TantivyDocument, TantivyError, Term};

/// Raised when the same entries give another index.
const VERSION: u32 = 1;
/// Bytes that the writer takes at least.
pub const SMALLEST_MEMORY: u64 = 16 << 20;
/// What is read of a body, characters.
const MOST_CHARACTERS: usize = 100_000;
/// Documents of a segment below which all count as equal when eight of a size are merged. With
/// tantivy's own 10,000 each few new ones have thousands written anew.
const SMALLEST_LEVEL: u32 = 64;
/// Segments with as many deleted documents, of one, are merged.
const MOST_DELETED: f32 = 0.2;

#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    #[error("{0}")]
    Failed(#[from] TantivyError),
    #[error("the folder of the index of search cannot be read or made anew: {0}")]
    Folder(#[from] io::Error),
}

#[derive(Debug, Clone, Copy)]
pub struct Fields {
    pub text: Field,
    /// What an entry is filed under: source, regions with all above them, topics.
    pub channel: Field,
    pub no: Field,
    first: Field,
    revision: Field,
    at: Field,
}

/// Names of columns.
pub const NO: &str = "no";
/// The entry whose text it reprints, else itself.
pub const FIRST: &str = "first";
pub const AT: &str = "at";
const REVISION: &str = "revision";

/// Which form of an entry the index has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Form {
    pub no: EntryNo,
    pub revision: u32,
}

/// What an index takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Size {
    /// On disk, of what is in use.
    pub bytes: u64,
    /// Those that have left, and are in the files yet, too.
    pub documents: u64,
}

/// The writing end; one per folder.
pub struct Index {
    folder: PathBuf,
    fields: Fields,
    index: tantivy::Index,
    writer: IndexWriter,
    finder: Finder,
    epoch: u64,
    /// The report up to which it knows the store.
    sequence: u64,
}

impl Index {
    /// Opens what is whole and of this life of the store, else begins anew; the second value
    /// tells why.
    ///
    /// # Errors
    /// A failing disk, or no memory.
    pub fn open(
        folder: &Path,
        epoch: u64,
        memory_bytes: u64,
    ) -> Result<(Index, Option<String>), SearchError> {
        let opened = catch_unwind(AssertUnwindSafe(|| open_whole(folder, epoch)));
        match opened.unwrap_or_else(|_| Err("reading it panicked".to_owned())) {
            Ok((index, sequence)) => {
                Ok((Index::new(folder, index, (epoch, sequence), memory_bytes)?, None))
            }
            Err(why) => {
                if folder.exists() {
                    fs::remove_dir_all(folder)?;
                }
                // Where the store's own folder is gone nothing is made in its place.
                fs::create_dir(folder)?;
                let directory = MmapDirectory::open(folder).map_err(TantivyError::from)?;
                let settings = IndexSettings {
                    docstore_compress_dedicated_thread: false,
                    ..IndexSettings::default()
                };
                let index = tantivy::Index::create(directory, schema().0, settings)?;
                Ok((Index::new(folder, index, (epoch, 0), memory_bytes)?, Some(why)))
            }
        }
    }

    fn new(
        folder: &Path,
        index: tantivy::Index,
        (epoch, sequence): (u64, u64),
        memory_bytes: u64,
    ) -> Result<Index, SearchError> {
        let (_, fields) = schema();
        index.tokenizers().register("letters", Cutter::default());
        let options = IndexWriterOptions::builder()
            .num_worker_threads(1)
            .num_merge_threads(1)
            .memory_budget_per_thread(memory_bytes.max(SMALLEST_MEMORY) as usize)
            .build();
        let writer = index.writer_with_options(options)?;
        let mut merging = LogMergePolicy::default();
        merging.set_min_layer_size(SMALLEST_LEVEL);
        merging.set_del_docs_ratio_before_merge(MOST_DELETED);
        writer.set_merge_policy(Box::new(merging));
        let finder = Finder::new(&index, fields)?;
        let folder = folder.to_owned();
        Ok(Index { folder, fields, index, writer, finder, epoch, sequence })
    }

    pub fn finder(&self) -> Finder {
        self.finder.clone()
    }

    /// The last report up to which it has seen all; 0: it is new, or unfinished.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The entries that it has, in order.
    ///
    /// # Errors
    /// A damaged index.
    pub fn forms(&self) -> Result<Vec<Form>, SearchError> {
        let searcher = self.finder.searcher();
        let mut forms = Vec::new();
        for segment in searcher.segment_readers() {
            let no = segment.fast_fields().u64(NO)?;
            let revision = segment.fast_fields().u64(REVISION)?;
            for document in segment.doc_ids_alive() {
                let no = EntryNo(no.first(document).unwrap_or_default());
                let revision = revision.first(document).unwrap_or_default() as u32;
                forms.push(Form { no, revision });
            }
        }
        forms.sort_unstable();
        Ok(forms)
    }

    /// # Errors
    /// The list of its files cannot be read.
    pub fn size(&self) -> Result<Size, SearchError> {
        let segments = self.index.searchable_segment_metas()?;
        let documents = segments.iter().map(|segment| u64::from(segment.max_doc())).sum();
        let ids: Vec<String> = segments.iter().map(|segment| segment.id().uuid_string()).collect();
        let is_used = |name: &str| ids.iter().any(|id| name.starts_with(id.as_str()));
        let files = fs::read_dir(&self.folder)?.flatten();
        let files = files.filter(|file| file.file_name().to_str().is_some_and(is_used));
        // Others may be removed meanwhile.
        let bytes = files.filter_map(|file| Some(file.metadata().ok()?.len())).sum();
        Ok(Size { bytes, documents })
    }

    /// Takes an entry in, instead of the form that it has of it.
    ///
    /// # Errors
    /// A full or failing disk.
    pub fn put(&self, stored: &StoredEntry) -> Result<(), SearchError> {
        self.remove(stored.no);
        let entry = &stored.entry;
        let mut document = TantivyDocument::new();
        document.add_text(self.fields.text, &entry.title);
        let body = html::to_text(&entry.content, MOST_CHARACTERS);
        // Most summaries are how the body begins.
        if !body.starts_with(entry.summary.trim_end_matches('…')) {
            document.add_text(self.fields.text, &entry.summary);
        }
        document.add_text(self.fields.text, &body);
        for channel in channels(&stored.source, stored) {
            document.add_u64(self.fields.channel, channel.0);
        }
        let Timestamp(at) = stored.cursor().sort_at;
        document.add_u64(self.fields.no, stored.no.0);
        document.add_u64(self.fields.first, stored.reprint_of.unwrap_or(stored.no).0);
        document.add_u64(self.fields.revision, u64::from(stored.revision));
        document.add_i64(self.fields.at, at);
        self.writer.add_document(document)?;
        Ok(())
    }

    /// Whether a file has the word, be it of an entry that has left.
    #[cfg(test)]
    pub fn knows(&self, word: &str) -> Result<bool, SearchError> {
        Ok(self.finder.searcher().doc_freq(&Term::from_field_text(self.fields.text, word))? > 0)
    }

    pub fn remove(&self, no: EntryNo) {
        self.writer.delete_term(Term::from_field_u64(self.fields.no, no.0));
    }

    /// Makes all of it durable, and found. `sequence`: of the last report that is in it.
    ///
    /// # Errors
    /// A full or failing disk.
    pub fn commit(&mut self, sequence: u64) -> Result<(), SearchError> {
        let mut prepared = self.writer.prepare_commit()?;
        prepared.set_payload(&payload(self.epoch, sequence));
        prepared.commit()?;
        self.sequence = sequence;
        self.finder.renew()?;
        Ok(())
    }

    /// Takes the words of entries that have left out of the files, too. False: some are being
    /// merged, and have to be looked at afterwards.
    ///
    /// # Errors
    /// A full or failing disk.
    pub fn purge(&mut self) -> Result<bool, SearchError> {
        let mut is_pure = true;
        for segment in self.index.searchable_segment_metas()? {
            if segment.has_deletes() {
                is_pure &= self.writer.merge(&[segment.id()]).wait().is_ok();
            }
        }
        self.finder.renew()?;
        self.writer.garbage_collect_files().wait()?;
        Ok(is_pure)
    }

    /// Ends it, with what is under way.
    ///
    /// # Errors
    /// A failing disk.
    pub fn close(self) -> Result<(), SearchError> {
        Ok(self.writer.wait_merging_threads()?)
    }
}

/// What an entry is filed under, as filters name it.
fn channels(source: &SourceId, stored: &StoredEntry) -> impl Iterator<Item = ChannelKey> {
    let entry = &stored.entry;
    let regions = entry.places.iter().map(ChannelKey::region);
    let topics = entry.topics.iter().map(|verdict| ChannelKey::topic(&verdict.topic));
    std::iter::once(ChannelKey::source(source)).chain(regions).chain(topics)
}

fn payload(epoch: u64, sequence: u64) -> String {
    format!("countywire search {VERSION} {epoch:016x} {sequence}")
}

/// With the report up to which it knows the store.
fn open_whole(folder: &Path, epoch: u64) -> Result<(tantivy::Index, u64), String> {
    if !folder.join("meta.json").exists() {
        return Err("there is none".to_owned());
    }
    let told = |error: TantivyError| error.to_string();
    let directory = MmapDirectory::open(folder).map_err(|error| error.to_string())?;
    let index = tantivy::Index::open(directory).map_err(told)?;
    if index.schema() != schema().0 {
        return Err("it is of another version".to_owned());
    }
    let told_by_it = index.load_metas().map_err(told)?.payload.unwrap_or_default();
    let sequence = told_by_it.rsplit(' ').next().and_then(|sequence| sequence.parse().ok());
    let sequence = sequence.filter(|sequence| payload(epoch, *sequence) == told_by_it);
    let sequence = sequence.ok_or("it is not of this program and store")?;
    let damaged = index.validate_checksum().map_err(told)?;
    match damaged.iter().next() {
        Some(file) => Err(format!("{} is damaged", file.display())),
        None => Ok((index, sequence)),
    }
}

fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let places = TextFieldIndexing::default()
        .set_tokenizer("letters")
        .set_fieldnorms(false)
        .set_index_option(IndexRecordOption::WithFreqsAndPositions);
    let text = schema.add_text_field("text", TextOptions::default().set_indexing_options(places));
    let channel = schema.add_u64_field("channel", INDEXED);
    let no = schema.add_u64_field(NO, INDEXED | FAST);
    let first = schema.add_u64_field(FIRST, FAST);
    let revision = schema.add_u64_field(REVISION, FAST);
    let at = schema.add_i64_field(AT, FAST);
    (schema.build(), Fields { text, channel, no, first, revision, at })
}
