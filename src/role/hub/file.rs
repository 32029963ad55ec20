//! The file of the subscriptions: `hub` in the store's folder, beside segments and index. It is
//! not part of them, for those follow from reports alone and are rewritten and remade. Backups
//! have it.

use crate::hub::ledger::{self, Told};
use crate::hub::{Note, Subscription};
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Result, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use tracing::warn;

const NAME: &str = "hub";
/// Lines beyond twice those that are needed.
const SPARE: usize = 1_000;

#[derive(Debug)]
pub struct Ledger {
    folder: PathBuf,
    /// None where it could not be made: it is to be written anew.
    file: Option<File>,
    epoch: u64,
    lines: usize,
}

impl Ledger {
    /// Opens or makes it. One that cannot be understood is set aside. Where the disk is full it is
    /// written later: what was there is known, and a daemon starts all the same.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub fn open(folder: &Path, epoch: u64) -> Result<(Ledger, Vec<Subscription>)> {
        let path = folder.join(NAME);
        let text = match fs::read(&path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        let told = ledger::read(&text, epoch).unwrap_or_else(|| {
            if !text.is_empty() {
                set_aside(folder, &path);
            }
            Told { is_outdated: true, ..Told::default() }
        });
        let Told { subscriptions, damaged, lines, is_outdated } = told;
        if damaged > 0 {
            warn!(path = %path.display(), lines = damaged, "some subscriptions to our feeds are lost: lines are damaged");
        }
        let mut ledger = Ledger { folder: folder.to_owned(), file: None, epoch, lines };
        // Behind a torn line another one would be torn, too.
        if damaged == 0 && !is_outdated {
            ledger.file = OpenOptions::new().append(true).open(&path).ok();
        }
        if ledger.needs_rewriting(subscriptions.len())
            && let Err(error) = ledger.rewrite(&subscriptions)
        {
            warn!(%error, path = %path.display(), "subscriptions to our feeds cannot be written down yet");
        }
        Ok((ledger, subscriptions))
    }

    /// Writes what has changed, or `all` anew, durably.
    ///
    /// # Errors
    /// The disk fails.
    pub fn write(&mut self, notes: &[Note], all: Option<&[Subscription]>) -> Result<()> {
        match all {
            Some(all) => self.rewrite(all),
            None => self.add(notes),
        }
    }

    /// Adds what has changed, durably.
    ///
    /// # Errors
    /// The disk fails; then [`Ledger::needs_rewriting`].
    fn add(&mut self, notes: &[Note]) -> Result<()> {
        let text: String = notes.iter().map(ledger::line).collect();
        // What fails may be half there.
        let mut file = self.file.take().ok_or(ErrorKind::NotFound)?;
        file.write_all(text.as_bytes())?;
        file.sync_data()?;
        self.file = Some(file);
        self.lines += notes.len();
        Ok(())
    }

    pub fn needs_rewriting(&self, subscriptions: usize) -> bool {
        self.file.is_none() || self.lines > 2 * subscriptions + SPARE
    }

    /// # Errors
    /// The disk fails; what was written before stays.
    fn rewrite(&mut self, subscriptions: &[Subscription]) -> Result<()> {
        self.file = None;
        self.file = Some(rewritten(&self.folder, self.epoch, subscriptions)?);
        self.lines = subscriptions.len();
        Ok(())
    }
}

fn set_aside(folder: &Path, path: &Path) {
    let aside = folder.join("hub.aside");
    warn!(path = %path.display(), aside = %aside.display(), "subscriptions to our feeds cannot be understood and are set aside");
    if let Err(error) = fs::rename(path, &aside) {
        warn!(%error, path = %path.display(), "it cannot be set aside and will be written over");
    }
}

fn rewritten(folder: &Path, epoch: u64, subscriptions: &[Subscription]) -> Result<File> {
    let (path, beside) = (folder.join(NAME), folder.join("hub.part"));
    // It holds secrets.
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    let lines = subscriptions.iter().map(|held| ledger::line(&Note::Holds(held.clone())));
    let text = ledger::head(epoch) + &lines.collect::<String>();
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, &path)?;
    File::open(folder)?.sync_all()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;

    fn subscription(callback: &str) -> Subscription {
        Subscription {
            topic: "http://w.cn/index.atom".to_owned(),
            callback: callback.to_owned(),
            secret: None,
            since: Timestamp(1),
            lease_until: Timestamp(2),
            client: [8, 8, 8, 8].into(),
            change: 3,
        }
    }

    #[test]
    fn subscriptions_are_there_after_a_restart_a_torn_line_and_an_unknown_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut ledger, none) = Ledger::open(folder.path(), 7).expect("opened");
        assert!(none.is_empty());
        let one = subscription("http://a.cn/1");
        ledger.add(&[Note::Holds(one.clone())]).expect("written");
        let mut torn =
            OpenOptions::new().append(true).open(folder.path().join(NAME)).expect("there");
        torn.write_all(b"{\"holds\":{\"topic\":").expect("written");
        let (mut ledger, held) = Ledger::open(folder.path(), 7).expect("opened");
        assert_eq!(held, std::slice::from_ref(&one));
        let other = subscription("http://a.cn/2");
        ledger.add(&[Note::Holds(other)]).expect("written");
        assert_eq!(Ledger::open(folder.path(), 7).expect("opened").1.len(), 2);

        fs::write(folder.path().join(NAME), "countywire hub 9 of a later version\n")
            .expect("written");
        assert!(Ledger::open(folder.path(), 7).expect("opened").1.is_empty());
        assert!(folder.path().join("hub.aside").exists(), "it is kept");
    }

    #[test]
    fn a_file_with_more_past_than_present_is_written_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut ledger, _) = Ledger::open(folder.path(), 7).expect("opened");
        let one = subscription("http://a.cn/1");
        ledger.add(&vec![Note::Holds(one.clone()); SPARE + 2]).expect("written");
        assert!(!ledger.needs_rewriting(1));
        ledger.add(&[Note::Holds(one.clone())]).expect("written");
        assert!(ledger.needs_rewriting(1));
        ledger.rewrite(std::slice::from_ref(&one)).expect("written");
        assert!(!ledger.needs_rewriting(1));
        ledger.add(&[Note::Holds(subscription("http://a.cn/2"))]).expect("written");
        assert_eq!(Ledger::open(folder.path(), 7).expect("opened").1.len(), 2);
    }
}
