//! An export line by line, packed or not, and never more of it in memory than one line.

use super::super::error::StoreError;
use super::lines::LONGEST;
use serde::de::DeserializeOwned;
use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// What zstd's files begin with (RFC 8878 §3.1.1); no JSON does.
const ZSTD: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
/// Of the window, as a power of two: what packing asks of who unpacks, 128 MiB at most.
const LARGEST_WINDOW: u32 = 27;

pub struct Lines {
    path: PathBuf,
    input: Box<dyn BufRead>,
    read: Rc<Cell<u64>>,
    pub total: u64,
    /// The number of the line that was read last, from 1.
    pub number: u64,
    line: Vec<u8>,
}

impl Lines {
    /// # Errors
    /// The file cannot be read.
    pub fn open(path: &Path) -> Result<Lines, StoreError> {
        let cannot = || StoreError::io("cannot read", path);
        let file = File::open(path).map_err(cannot())?;
        let total = file.metadata().map_err(cannot())?.len();
        let read = Rc::new(Cell::new(0));
        let mut file = Counted { file, read: read.clone() };
        let mut first = Vec::new();
        (&mut file).take(ZSTD.len() as u64).read_to_end(&mut first).map_err(cannot())?;
        let is_packed = first == ZSTD;
        let whole = BufReader::with_capacity(256 * 1024, io::Cursor::new(first).chain(file));
        let input: Box<dyn BufRead> = if is_packed {
            let mut unpacking = zstd::Decoder::with_buffer(whole).map_err(cannot())?;
            unpacking.window_log_max(LARGEST_WINDOW).map_err(cannot())?;
            Box::new(BufReader::with_capacity(256 * 1024, unpacking))
        } else {
            Box::new(whole)
        };
        Ok(Lines { path: path.to_owned(), input, read, total, number: 0, line: Vec::new() })
    }

    /// Reads the next line; false: there is none.
    ///
    /// # Errors
    /// The file cannot be read, or the line is too long.
    pub fn advance(&mut self) -> Result<bool, StoreError> {
        self.number += 1;
        self.line.clear();
        let mut bounded = (&mut self.input).take(LONGEST as u64 + 1);
        match bounded.read_until(b'\n', &mut self.line) {
            Ok(_) => {}
            // Of what is packed.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(false),
            Err(error) => return Err(StoreError::io("cannot read", &self.path)(error)),
        }
        if self.line.len() > LONGEST {
            return Err(self.problem(format!("longer than {LONGEST} bytes")));
        }
        // What has no end is not whole.
        Ok(self.line.pop_if(|last| *last == b'\n').is_some())
    }

    /// The line as what it should be.
    ///
    /// # Errors
    /// It is something else.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, StoreError> {
        serde_json::from_slice(&self.line).map_err(|error| {
            let words = error.to_string();
            // Each line is the first to the parser.
            let words = words.rsplit_once(" at line ").map_or(&*words, |(words, _)| words);
            self.problem(format!("column {}: {words}", error.column()))
        })
    }

    /// Of the line that was read last.
    pub fn bytes(&self) -> usize {
        self.line.len()
    }

    /// Bytes of the file that were read.
    pub fn done(&self) -> u64 {
        self.read.get().min(self.total)
    }

    pub fn problem(&self, problem: impl Into<String>) -> StoreError {
        StoreError::Line { path: self.path.clone(), line: self.number, problem: problem.into() }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

struct Counted {
    file: File,
    read: Rc<Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let bytes = self.file.read(into)?;
        self.read.set(self.read.get() + bytes as u64);
        Ok(bytes)
    }
}
